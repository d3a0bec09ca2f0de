#pragma once
// LightGBM's C API, loaded at run time: the library comes out of its PyPI wheel, which has no header, and the process
// can start without it. Every function returns 0 on success; clgbm_error() says what went wrong in this thread.
#include <stdint.h>

typedef void *clgbm_dataset;
typedef void *clgbm_booster;

enum { CLGBM_FLOAT32 = 0, CLGBM_FLOAT64 = 1, CLGBM_INT32 = 2, CLGBM_INT64 = 3 };
enum { CLGBM_PREDICT_NORMAL = 0, CLGBM_PREDICT_RAW = 1, CLGBM_PREDICT_LEAF = 2 };

/// Loads the library at `path` (once; a second call with any path is a no-op after a success). Not thread-safe: the
/// caller serialises it.
int clgbm_load(const char *path);
/// Message of the last failure in this thread; never NULL.
const char *clgbm_error(void);
/// LightGBM's own messages go to `log`, from whatever thread trains. NULL drops them.
int clgbm_set_log(void (*log)(const char *message));

/// `rows` x `columns` float32, row-major. `reference` may be NULL, else its bins are used.
int clgbm_dataset_create(const float *matrix, int32_t rows, int32_t columns, const char *parameters,
                         clgbm_dataset reference, clgbm_dataset *out);
int clgbm_dataset_free(clgbm_dataset dataset);
/// `name`: label, weight (float32), group (int32: sizes that sum to the rows), init_score (float64).
int clgbm_dataset_set_float(clgbm_dataset dataset, const char *name, const float *values, int32_t count);
int clgbm_dataset_set_int(clgbm_dataset dataset, const char *name, const int32_t *values, int32_t count);
int clgbm_dataset_set_double(clgbm_dataset dataset, const char *name, const double *values, int32_t count);

int clgbm_booster_create(clgbm_dataset train, const char *parameters, clgbm_booster *out);
int clgbm_booster_load(const char *model, int *iterations, clgbm_booster *out);
int clgbm_booster_free(clgbm_booster booster);
int clgbm_booster_add_validation(clgbm_booster booster, clgbm_dataset validation);
int clgbm_booster_update(clgbm_booster booster, int *is_finished);
int clgbm_booster_merge(clgbm_booster booster, clgbm_booster other);
int clgbm_booster_refit(clgbm_booster booster, const int32_t *leaves, int32_t rows, int32_t trees);
int clgbm_booster_eval_count(clgbm_booster booster, int *count);
/// `data`: 0 the training set, 1 the first validation set. `values` has room for eval_count numbers.
int clgbm_booster_eval(clgbm_booster booster, int data, int *count, double *values);
/// The model's text from its first tree, `iterations` of them (-1: all). `needed` includes the final NUL; call again with
/// a buffer of that length.
int clgbm_booster_text(clgbm_booster booster, int iterations, int64_t length, int64_t *needed, char *out);
/// Gain per feature; `gains` has room for one number a feature.
int clgbm_booster_gains(clgbm_booster booster, double *gains);
int clgbm_booster_predict(clgbm_booster booster, const float *matrix, int32_t rows, int32_t columns, int kind,
                          int iterations, int64_t *count, double *out);
