#pragma once
// Scoring a boosted forest without branches: every row is carried through every node of a tree at once, as bit masks.
#include <stddef.h>
#include <stdint.h>

enum { CFOREST_BLOCK = 64, CFOREST_MAXIMUM_LEAVES = 64, CFOREST_MAXIMUM_CUTS = 255 };

/// One tree: `nodes` inner nodes in parent-first order. A row goes left at node n when its bin of feature[n] is at most
/// bin[n]. A child c >= 0 is a node, c < 0 is leaf ~c.
typedef struct {
  int32_t nodes;
  const uint16_t *feature;
  const uint8_t *bin;
  const int16_t *left;
  const int16_t *right;
  const double *leaf;
} cforest_tree;

/// Bins of `rows` (1...CFOREST_BLOCK) rows of `columns` floats, `stride` floats apart: bins[f * CFOREST_BLOCK + r] = how
/// many of feature f's ascending cuts are below the value. cut_start has columns + 1 entries into `cuts`.
void cforest_quantise(const float *rows, size_t count, size_t stride, size_t columns, const float *cuts,
                      const uint32_t *cut_start, uint8_t *bins);

/// Adds every tree's leaf value to sums[0 ..< CFOREST_BLOCK], in the order of the trees.
void cforest_sum(const cforest_tree *trees, size_t count, const uint8_t *bins, double *sums);
