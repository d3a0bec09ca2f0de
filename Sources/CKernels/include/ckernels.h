#pragma once
// Vector kernels, compiled for several CPU levels and chosen at load time, and the few OpenBLAS calls that are used.
// Every function is total: counts of 0 are fine, pointers are only read and written within the stated lengths.
#include <stddef.h>
#include <stdint.h>

/// Sum of x[i] * y[i].
float ck_dot(const float *x, const float *y, size_t n);
/// out[r] = dot(query, table + rows[r] * stride); a negative row gives 0.
void ck_dot_rows(const float *query, size_t n, const float *table, size_t stride, const int32_t *rows, size_t count,
                 float *out);
/// y[i] += w * x[i].
void ck_axpy(float w, const float *x, float *y, size_t n);
/// a += x, b += wb * x: one pass over x.
void ck_axpy2(const float *x, float *a, float wb, float *b, size_t n);
/// a += x, b += wb * x, c += wc * x: one pass over x.
void ck_axpy3(const float *x, float *a, float wb, float *b, float wc, float *c, size_t n);
/// a[i] = max(a[i], x[i]).
void ck_max(const float *x, float *a, size_t n);

/// x[i] = ln(1 + x[i]), for x[i] >= 0: the bits of fdlibm's log1pf.
void ck_log1p(float *x, size_t n);
/// x[i] = 2^x[i], for x[i] <= 0; 0 below -126.
void ck_exp2(float *x, size_t n);
/// out[r * columns + c] = x[c][r], or fallback[c] where that is not finite: `columns` columns of `rows` floats become rows.
void ck_rows(const float *const *x, size_t columns, size_t rows, const float *fallback, float *out);

/// Replaces x by softmax(x), in place, and returns ln(sum of exp(x)); n > 0. Relative error of each value below 1e-6.
float ck_softmax(float *x, size_t n);
/// One step of AdamW on n numbers, which also sets their gradients to 0. `rate` holds the bias corrections already.
void ck_adam(float *x, float *gradient, float *mean, float *square, size_t n, float rate, float decay);
/// h[i] = z[i] * s, with s = 1 / (1 + exp(-z[i])); slope[i] = h's derivative, where `slope` is not NULL. exp is good to
/// 2e-7 of its value.
void ck_silu(const float *z, float *h, float *slope, size_t n);
/// Piecewise linear maps, one a column: `table` holds, for each column, CK_KNOTS ascending knots (padded with infinity),
/// the value at each and the slope behind it. out is rows x columns, row-major; values are clamped to [-1, 1].
enum { CK_KNOTS = 64 };
void ck_interpolate(const float *x, size_t rows, size_t stride, size_t columns, const float *table, float *out);

/// C = alpha * op(A) * op(B) + beta * C; row-major; op(A) is m x k, op(B) k x n.
void ck_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
             int ldb, float beta, float *c, int ldc);
/// Inverts a symmetric positive definite n x n matrix in place (only its lower triangle is read; all of it is written).
/// Returns 0, or the order of the leading minor that is not positive definite.
int ck_spd_inverse(double *a, int n);
/// Threads of OpenBLAS, for the whole process.
void ck_blas_threads(int threads);
