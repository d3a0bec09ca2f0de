#include "chash.h"
#include <string.h>

// Kafka clients/common/utils/Utils.java, murmur2: 32-bit, little-endian words, fixed seed.
uint32_t chash_murmur2(const void *p, size_t n) {
  const uint8_t *data = p;
  const uint32_t m = 0x5bd1e995;
  uint32_t h = 0x9747b28cu ^ (uint32_t)n;
  while (n >= 4) {
    uint32_t k;
    memcpy(&k, data, 4);
    k *= m;
    k ^= k >> 24;
    k *= m;
    h *= m;
    h ^= k;
    data += 4;
    n -= 4;
  }
  switch (n) {
  case 3: h ^= (uint32_t)data[2] << 16; /* fall through */
  case 2: h ^= (uint32_t)data[1] << 8;  /* fall through */
  case 1: h ^= data[0]; h *= m;
  }
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return h;
}
