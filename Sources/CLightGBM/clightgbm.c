#include "clightgbm.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// One line a function: name, arguments. All return int.
#define FUNCTIONS(X)                                                                                                   \
  X(DatasetCreateFromMat,                                                                                              \
    (const void *, int, int32_t, int32_t, int, const char *, void *, void **))                                         \
  X(DatasetFree, (void *))                                                                                             \
  X(DatasetSetField, (void *, const char *, const void *, int, int))                                                   \
  X(BoosterCreate, (void *, const char *, void **))                                                                    \
  X(BoosterLoadModelFromString, (const char *, int *, void **))                                                        \
  X(BoosterFree, (void *))                                                                                             \
  X(BoosterAddValidData, (void *, void *))                                                                             \
  X(BoosterUpdateOneIter, (void *, int *))                                                                             \
  X(BoosterMerge, (void *, void *))                                                                                    \
  X(BoosterRefit, (void *, const int32_t *, int32_t, int32_t))                                                         \
  X(BoosterGetEvalCounts, (void *, int *))                                                                             \
  X(BoosterGetEval, (void *, int, int *, double *))                                                                    \
  X(BoosterSaveModelToString, (void *, int, int, int, int64_t, int64_t *, char *))                                     \
  X(BoosterFeatureImportance, (void *, int, int, double *))                                                            \
  X(BoosterPredictForMat,                                                                                              \
    (void *, const void *, int, int32_t, int32_t, int, int, int, int, const char *, int64_t *, double *))              \
  X(RegisterLogCallback, (void (*)(const char *)))

#define DECLARE(name, arguments) static int (*lgbm_##name) arguments;
FUNCTIONS(DECLARE)

static const char *(*lgbm_last_error)(void);
static int is_loaded;
static _Thread_local char own_error[512];

static int fail(const char *message) {
  snprintf(own_error, sizeof own_error, "%s", message ? message : "unknown error");
  return -1;
}

static int status(int code) {
  if (code == 0) return 0;
  return fail(lgbm_last_error ? lgbm_last_error() : NULL);
}

const char *clgbm_error(void) { return own_error; }

int clgbm_load(const char *path) {
  if (is_loaded) return 0;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return fail(dlerror());
#define RESOLVE(name, arguments)                                                                                       \
  {                                                                                                                    \
    void *symbol = dlsym(library, "LGBM_" #name);                                                                      \
    if (!symbol) return fail("LGBM_" #name " is missing: not LightGBM 4");                                             \
    memcpy(&lgbm_##name, &symbol, sizeof symbol);                                                                      \
  }
  FUNCTIONS(RESOLVE)
  void *symbol = dlsym(library, "LGBM_GetLastError");
  if (!symbol) return fail("LGBM_GetLastError is missing: not LightGBM");
  memcpy(&lgbm_last_error, &symbol, sizeof symbol);
  is_loaded = 1;
  return 0;
}

#define REQUIRE_LIBRARY                                                                                                \
  if (!is_loaded) return fail("the LightGBM library is not loaded")

static void drop(const char *message) { (void)message; }

int clgbm_set_log(void (*log)(const char *message)) {
  REQUIRE_LIBRARY;
  return status(lgbm_RegisterLogCallback(log ? log : drop));
}

int clgbm_dataset_create(const float *matrix, int32_t rows, int32_t columns, const char *parameters,
                         clgbm_dataset reference, clgbm_dataset *out) {
  REQUIRE_LIBRARY;
  return status(
      lgbm_DatasetCreateFromMat(matrix, CLGBM_FLOAT32, rows, columns, 1, parameters, reference, out));
}

int clgbm_dataset_free(clgbm_dataset dataset) {
  REQUIRE_LIBRARY;
  return status(lgbm_DatasetFree(dataset));
}

int clgbm_dataset_set_float(clgbm_dataset dataset, const char *name, const float *values, int32_t count) {
  REQUIRE_LIBRARY;
  return status(lgbm_DatasetSetField(dataset, name, values, count, CLGBM_FLOAT32));
}

int clgbm_dataset_set_int(clgbm_dataset dataset, const char *name, const int32_t *values, int32_t count) {
  REQUIRE_LIBRARY;
  return status(lgbm_DatasetSetField(dataset, name, values, count, CLGBM_INT32));
}

int clgbm_dataset_set_double(clgbm_dataset dataset, const char *name, const double *values, int32_t count) {
  REQUIRE_LIBRARY;
  return status(lgbm_DatasetSetField(dataset, name, values, count, CLGBM_FLOAT64));
}

int clgbm_booster_create(clgbm_dataset train, const char *parameters, clgbm_booster *out) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterCreate(train, parameters, out));
}

int clgbm_booster_load(const char *model, int *iterations, clgbm_booster *out) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterLoadModelFromString(model, iterations, out));
}

int clgbm_booster_free(clgbm_booster booster) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterFree(booster));
}

int clgbm_booster_add_validation(clgbm_booster booster, clgbm_dataset validation) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterAddValidData(booster, validation));
}

int clgbm_booster_update(clgbm_booster booster, int *is_finished) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterUpdateOneIter(booster, is_finished));
}

int clgbm_booster_merge(clgbm_booster booster, clgbm_booster other) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterMerge(booster, other));
}

int clgbm_booster_refit(clgbm_booster booster, const int32_t *leaves, int32_t rows, int32_t trees) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterRefit(booster, leaves, rows, trees));
}

int clgbm_booster_eval_count(clgbm_booster booster, int *count) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterGetEvalCounts(booster, count));
}

int clgbm_booster_eval(clgbm_booster booster, int data, int *count, double *values) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterGetEval(booster, data, count, values));
}

int clgbm_booster_text(clgbm_booster booster, int iterations, int64_t length, int64_t *needed, char *out) {
  REQUIRE_LIBRARY;
  enum { IMPORTANCE_BY_GAIN = 1 };
  return status(lgbm_BoosterSaveModelToString(booster, 0, iterations, IMPORTANCE_BY_GAIN, length, needed, out));
}

int clgbm_booster_gains(clgbm_booster booster, double *gains) {
  REQUIRE_LIBRARY;
  enum { IMPORTANCE_BY_GAIN = 1 };
  return status(lgbm_BoosterFeatureImportance(booster, -1, IMPORTANCE_BY_GAIN, gains));
}

int clgbm_booster_predict(clgbm_booster booster, const float *matrix, int32_t rows, int32_t columns, int kind,
                          int iterations, int64_t *count, double *out) {
  REQUIRE_LIBRARY;
  return status(lgbm_BoosterPredictForMat(booster, matrix, CLGBM_FLOAT32, rows, columns, 1, kind, 0, iterations,
                                          "num_threads=1", count, out));
}
