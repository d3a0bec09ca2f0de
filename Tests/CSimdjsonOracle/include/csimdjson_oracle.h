#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CORACLE_NULL = 0,
  CORACLE_TRUE,
  CORACLE_FALSE,
  CORACLE_STRING,
  CORACLE_INT64,
  CORACLE_UINT64,
  CORACLE_DOUBLE,
  CORACLE_ARRAY,
  CORACLE_OBJECT,
  CORACLE_KEY,
  CORACLE_END
} coracle_kind;

/// One step of the walk through a document: a value, a key before its value, or the end of an array or object.
typedef struct {
  coracle_kind kind;
  int64_t integer;
  uint64_t natural;
  double real;
  /// Of strings and keys, unescaped.
  const char *text;
  size_t length;
} coracle_step;

/// simdjson's DOM parser and the steps of its last document. One thread.
typedef struct coracle coracle;

coracle *coracle_new(void);
void coracle_free(coracle *oracle);

/// Parses `length` bytes. Returns simdjson's error code, 0 when the document is valid, -1 on any other failure.
/// `steps` and `count` receive the walk, valid until the next call; duplicate keys are both in it.
int coracle_parse(coracle *oracle, const void *bytes, size_t length, const coracle_step **steps, size_t *count);

/// simdjson's code for a number that fits neither 64 bits nor a double.
int coracle_number_error(void);

#ifdef __cplusplus
}
#endif
