#pragma once
// Hash functions for ids: XXH3 (inlined into Swift) and murmur2 as the Kafka Java client has it.
#define XXH_INLINE_ALL
#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

/// XXH3-64 of `n` bytes at `p`. Total: p may be anything when n is 0.
static inline uint64_t chash_xxh3(const void *p, size_t n) { return XXH3_64bits(p, n); }

/// XXH3-64 with a seed, for tables whose keys come from strangers.
static inline uint64_t chash_xxh3_seeded(const void *p, size_t n, uint64_t seed) {
  return XXH3_64bits_withSeed(p, n, seed);
}

/// murmur2 over `n` bytes, seed 0x9747b28c: the hash of Kafka's default (Java) partitioner.
uint32_t chash_murmur2(const void *p, size_t n);
