#include "ckernels.h"

// Declared here and not through cblas.h and lapacke.h, whose headers differ between BLAS packages.
extern void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                        const float *b, int ldb, float beta, float *c, int ldc);
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
extern void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
extern void openblas_set_num_threads(int threads);

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

void ck_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
             int ldb, float beta, float *c, int ldc) {
  if (m <= 0 || n <= 0) return;
  cblas_sgemm(ROW_MAJOR, transpose_a ? TRANSPOSE : NO_TRANSPOSE, transpose_b ? TRANSPOSE : NO_TRANSPOSE, m, n, k, alpha,
              a, lda, b, ldb, beta, c, ldc);
}

int ck_spd_inverse(double *a, int n) {
  if (n <= 0) return 0;
  int info = 0;
  // LAPACK is column-major: our lower triangle is its upper one.
  dpotrf_("U", &n, a, &n, &info, 1);
  if (info == 0) dpotri_("U", &n, a, &n, &info, 1);
  if (info != 0) return info < 0 ? -info : info;
  for (int row = 0; row < n; row++)
    for (int column = row + 1; column < n; column++) a[(size_t)row * n + column] = a[(size_t)column * n + row];
  return 0;
}

void ck_blas_threads(int threads) { openblas_set_num_threads(threads); }
