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

// 2^f for f in [-0.5, 0.5] by its Taylor polynomial, the rest of the exponent into the float's bits.
static inline __attribute__((always_inline)) float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : (x > 87.0f ? 87.0f : x);
  float t = x * 1.44269504f;
  // Adding and taking away 1.5 * 2^23 rounds to an integer.
  float shifted = t + 12582912.0f;
  float rounded = shifted - 12582912.0f;
  float f = (t - rounded) * 0.69314718f;
  float p = 1.0f + f * (1.0f + f * (0.5f + f * (0.16666667f + f * (0.041666668f + f * (0.0083333338f + f * 0.0013888889f)))));
  union {
    int32_t bits;
    float value;
  } scale = {.bits = ((int32_t)rounded + 127) << 23};
  return p * scale.value;
}

#pragma clang fp reassociate(off)
CLONES void ck_silu(const float *restrict z, float *restrict h, float *restrict slope, size_t n) {
  if (slope) {
    for (size_t i = 0; i < n; i++) {
      float s = 1.0f / (1.0f + fast_exp(-z[i]));
      h[i] = z[i] * s;
      slope[i] = s * (1.0f + z[i] * (1.0f - s));
    }
  } else {
    for (size_t i = 0; i < n; i++) h[i] = z[i] / (1.0f + fast_exp(-z[i]));
  }
}

CLONES void ck_interpolate(const float *restrict x, size_t rows, size_t stride, size_t columns,
                           const float *restrict table, float *restrict out) {
  for (size_t c = 0; c < columns; c++) {
    const float *knots = table + c * 3 * CK_KNOTS;
    const float *values = knots + CK_KNOTS;
    const float *slopes = values + CK_KNOTS;
    for (size_t r = 0; r < rows; r++) {
      float v = x[r * stride + c];
      uint32_t k = 0;
      // The last knot that is not above v: six halvings without a branch.
      for (uint32_t step = CK_KNOTS / 2; step > 0; step /= 2) k += knots[k + step] <= v ? step : 0;
      float y = values[k] + (v - knots[k]) * slopes[k];
      out[r * columns + c] = y < -1.0f ? -1.0f : (y > 1.0f ? 1.0f : y);
    }
  }
}
