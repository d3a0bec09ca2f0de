#include "ckernels.h"

// Sums may be reassociated: it lets the compiler keep several lanes. Results differ in the last bits between CPU levels.
#pragma clang fp reassociate(on) contract(fast)

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

CLONES float ck_dot(const float *x, const float *y, size_t n) {
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

CLONES void ck_dot_rows(const float *query, size_t n, const float *table, size_t stride, const int32_t *rows,
                        size_t count, float *out) {
  for (size_t r = 0; r < count; r++) {
    float sum = 0;
    if (rows[r] >= 0) {
      const float *row = table + (size_t)rows[r] * stride;
      for (size_t i = 0; i < n; i++) sum += query[i] * row[i];
    }
    out[r] = sum;
  }
}

CLONES void ck_axpy(float w, const float *restrict x, float *restrict y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] += w * x[i];
}

CLONES void ck_axpy2(const float *restrict x, float *restrict a, float wb, float *restrict b, size_t n) {
  for (size_t i = 0; i < n; i++) {
    a[i] += x[i];
    b[i] += wb * x[i];
  }
}

CLONES void ck_axpy3(const float *restrict x, float *restrict a, float wb, float *restrict b, float wc,
                     float *restrict c, size_t n) {
  for (size_t i = 0; i < n; i++) {
    a[i] += x[i];
    b[i] += wb * x[i];
    c[i] += wc * x[i];
  }
}

CLONES void ck_max(const float *restrict x, float *restrict a, size_t n) {
  for (size_t i = 0; i < n; i++) a[i] = a[i] < x[i] ? x[i] : a[i];
}
