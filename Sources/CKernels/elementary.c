#include "ckernels.h"

#include <string.h>

// The elementary functions of feature columns, over whole columns. Each repeats its scalar counterpart of the C library
// operation by operation, so that what was trained on one is served by the other: no reassociation anywhere.
#pragma clang fp reassociate(off) contract(off)

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

static inline __attribute__((always_inline)) int32_t bits_of(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline __attribute__((always_inline)) float float_of(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// ln(1 + x) for x >= 0: fdlibm's s_log1pf.c with its branches made selections. 1 + x = 2^k * (1 + f) with f in
// [sqrt(2)/2 - 1, sqrt(2) - 1]; c is what the rounding of 1 + x has lost.
static inline __attribute__((always_inline)) float log1p_of(float x) {
  const float ln2_hi = 6.9313812256e-01f, ln2_lo = 9.0580006145e-06f;
  int32_t bits = bits_of(x);
  int is_near = bits < 0x3ed413d7; // below 0.41422: k = 0 and f = x
  float u = 1.0f + x;
  int32_t hu = bits_of(u);
  int32_t k = (hu >> 23) - 127;
  float c = (k > 0 ? 1.0f - (u - x) : x - (u - 1.0f)) / u;
  // Beyond 2^53 nothing is left of the 1.
  int is_far = bits >= 0x5a000000;
  k = is_far ? (bits >> 23) - 127 : k;
  hu = (is_far ? bits : hu) & 0x007fffff;
  c = is_far ? 0.0f : c;
  int is_upper = hu >= 0x3504f7;
  float f = float_of(hu | (is_upper ? 0x3f000000 : 0x3f800000)) - 1.0f;
  k += is_upper;
  int32_t rest = is_upper ? (0x00800000 - hu) >> 2 : hu;
  f = is_near ? x : f;
  float half = 0.5f * f * f;
  float s = f / (2.0f + f);
  float z = s * s;
  float r = z * (6.6666668653e-01f
    + z * (4.0000000596e-01f
    + z * (2.8571429849e-01f
    + z * (2.2222198546e-01f + z * (1.8183572590e-01f + z * (1.5313838422e-01f + z * 1.4798198640e-01f))))));
  float kf = (float)k;
  float near = f - (half - s * (half + r));
  float common = kf * ln2_hi - ((half - (s * (half + r) + (kf * ln2_lo + c))) - f);
  // |f| below 2^-20, f = 0 in it.
  float r0 = half * (1.0f - 0.66666666666666666f * f);
  float small = f == 0.0f ? kf * ln2_hi + (c + kf * ln2_lo) : kf * ln2_hi - ((r0 - (kf * ln2_lo + c)) - f);
  float result = (is_near | (k == 0)) ? near : (rest == 0 ? small : common);
  result = bits < 0x31000000 ? x - x * x * 0.5f : result; // below 2^-29
  result = bits < 0x24800000 ? x : result;
  return bits >= 0x7f800000 ? x + x : result; // infinity and NaN
}

CLONES void ck_log1p(float *x, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = log1p_of(x[i]);
}

// 2^(i/32) for i in 0..<32, less i << 47 in its bits: adding the scaled exponent to the word then sets both.
static const uint64_t exp2_table[32] = {
  0x3ff0000000000000ULL, 0x3fefd9b0d3158574ULL, 0x3fefb5586cf9890fULL, 0x3fef9301d0125b51ULL,
  0x3fef72b83c7d517bULL, 0x3fef54873168b9aaULL, 0x3fef387a6e756238ULL, 0x3fef1e9df51fdee1ULL,
  0x3fef06fe0a31b715ULL, 0x3feef1a7373aa9cbULL, 0x3feedea64c123422ULL, 0x3feece086061892dULL,
  0x3feebfdad5362a27ULL, 0x3feeb42b569d4f82ULL, 0x3feeab07dd485429ULL, 0x3feea47eb03a5585ULL,
  0x3feea09e667f3bcdULL, 0x3fee9f75e8ec5f74ULL, 0x3feea11473eb0187ULL, 0x3feea589994cce13ULL,
  0x3feeace5422aa0dbULL, 0x3feeb737b0cdc5e5ULL, 0x3feec49182a3f090ULL, 0x3feed503b23e255dULL,
  0x3feee89f995ad3adULL, 0x3feeff76f2fb5e47ULL, 0x3fef199bdd85529cULL, 0x3fef3720dcef9069ULL,
  0x3fef5818dcfba487ULL, 0x3fef7c97337b9b5fULL, 0x3fefa4afa2a490daULL, 0x3fefd0765b6e4540ULL,
};

CLONES void ck_exp2(float *x, size_t n) {
#pragma clang fp contract(fast)
  const double shift = 0x1.8p+52 / 32;
  for (size_t i = 0; i < n; i++) {
    double wide = x[i] < -126.0f ? -126.0 : (double)x[i];
    double rounded = wide + shift;
    uint64_t whole;
    memcpy(&whole, &rounded, sizeof whole);
    double r = wide - (rounded - shift);
    uint64_t word = exp2_table[whole % 32] + (whole << 47);
    double scale;
    memcpy(&scale, &word, sizeof scale);
    double z = 0x1.c6af84b912394p-5 * r + 0x1.ebfce50fac4f3p-3;
    double y = 0x1.62e42ff0c52d6p-1 * r + 1.0;
    y = (z * (r * r) + y) * scale;
    x[i] = x[i] < -126.0f ? 0.0f : (float)y;
  }
}

typedef float floats8 __attribute__((vector_size(32)));
typedef int32_t words8 __attribute__((vector_size(32)));

static inline __attribute__((always_inline)) float finite_or(float x, float fallback) {
  return (bits_of(x) & 0x7f800000) != 0x7f800000 ? x : fallback;
}

#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define ODD(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define FIRST(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define LAST(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

// Tiles of eight columns and eight rows, turned in registers.
CLONES void ck_rows(const float *const *x, size_t columns, size_t rows, const float *fallback, float *out) {
  size_t whole_columns = columns / 8 * 8, whole_rows = rows / 8 * 8;
  for (size_t r = 0; r < whole_rows; r += 8) {
    for (size_t c = 0; c < whole_columns; c += 8) {
      floats8 t[8];
      for (size_t i = 0; i < 8; i++) {
        words8 bits;
        memcpy(&bits, x[c + i] + r, sizeof bits);
        words8 is_finite = (bits & 0x7f800000) != 0x7f800000;
        words8 other = (words8){} + bits_of(fallback[c + i]);
        t[i] = (floats8)((bits & is_finite) | (other & ~is_finite));
      }
      floats8 a = LOW(t[0], t[1]), b = HIGH(t[0], t[1]), d = LOW(t[2], t[3]), e = HIGH(t[2], t[3]);
      floats8 f = LOW(t[4], t[5]), g = HIGH(t[4], t[5]), h = LOW(t[6], t[7]), k = HIGH(t[6], t[7]);
      floats8 left[4] = {EVEN(a, d), ODD(a, d), EVEN(b, e), ODD(b, e)};
      floats8 right[4] = {EVEN(f, h), ODD(f, h), EVEN(g, k), ODD(g, k)};
      for (size_t i = 0; i < 4; i++) {
        floats8 upper = FIRST(left[i], right[i]), lower = LAST(left[i], right[i]);
        memcpy(out + (r + i) * columns + c, &upper, sizeof upper);
        memcpy(out + (r + 4 + i) * columns + c, &lower, sizeof lower);
      }
    }
  }
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = r < whole_rows ? whole_columns : 0; c < columns; c++) {
      out[r * columns + c] = finite_or(x[c][r], fallback[c]);
    }
  }
}
