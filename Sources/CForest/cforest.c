#include "cforest.h"

#include <string.h>

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

typedef uint8_t lanes __attribute__((vector_size(CFOREST_BLOCK)));

CLONES void cforest_quantise(const float *rows, size_t count, size_t stride, size_t columns, const float *cuts,
                             const uint32_t *cut_start, uint8_t *bins) {
  float column[CFOREST_BLOCK];
  int32_t below[CFOREST_BLOCK];
  memset(column, 0, sizeof column);
  for (size_t f = 0; f < columns; f++) {
    uint32_t from = cut_start[f], to = cut_start[f + 1];
    if (from == to) continue; // no tree reads it
    for (size_t r = 0; r < count; r++) column[r] = rows[r * stride + f];
    memset(below, 0, sizeof below);
    for (uint32_t c = from; c < to; c++) {
      float cut = cuts[c];
      for (size_t r = 0; r < CFOREST_BLOCK; r++) below[r] += cut < column[r];
    }
    for (size_t r = 0; r < CFOREST_BLOCK; r++) bins[f * CFOREST_BLOCK + r] = (uint8_t)below[r];
  }
}

CLONES void cforest_sum(const cforest_tree *trees, size_t count, const uint8_t *bins, double *sums) {
  lanes reach[CFOREST_MAXIMUM_LEAVES];
  uint8_t place[CFOREST_BLOCK];
  for (size_t t = 0; t < count; t++) {
    const cforest_tree *tree = trees + t;
    lanes leaf = {0};
    memset(&reach[0], 0xff, sizeof reach[0]);
    for (int32_t n = 0; n < tree->nodes; n++) {
      lanes bin;
      memcpy(&bin, bins + (size_t)tree->feature[n] * CFOREST_BLOCK, sizeof bin);
      lanes goes_left = (lanes)(bin <= tree->bin[n]);
      lanes here = reach[n];
      lanes left = here & goes_left, right = here & ~goes_left;
      if (tree->left[n] >= 0) reach[tree->left[n]] = left;
      else leaf |= left & (uint8_t)~tree->left[n];
      if (tree->right[n] >= 0) reach[tree->right[n]] = right;
      else leaf |= right & (uint8_t)~tree->right[n];
    }
    memcpy(place, &leaf, sizeof place);
    for (size_t r = 0; r < CFOREST_BLOCK; r++) sums[r] += tree->leaf[place[r]];
  }
}
