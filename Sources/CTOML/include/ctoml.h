#pragma once
#include <stddef.h>

// A thin, total boundary over toml++: parses a document and hands over its scalars, flattened. No C++ exception and no
// C++ type leaves it; it keeps no state, so any thread may call it.

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CTOML_TEXT = 0,
  CTOML_INTEGER = 1,
  CTOML_REAL = 2,
  CTOML_FLAG = 3,
  CTOML_DATE = 4,         // a date or time; the value is its text
  CTOML_EMPTY_ARRAY = 5,  // the value is empty
  CTOML_EMPTY_TABLE = 6,  // the value is empty
} ctoml_kind;

typedef struct {
  const char *key;     // dotted path, e.g. "kafka.sasl.username"; not NUL-terminated
  size_t key_length;
  const char *value;   // the value as text; not NUL-terminated
  size_t value_length;
  ctoml_kind kind;
  int in_array;        // 1 for an element of an array; its elements come one after another under the same key
  unsigned line;       // of the value, from 1
  unsigned column;
} ctoml_entry;

// Called for each scalar, in the order of the keys. The texts live until it returns. Must not throw.
typedef void (*ctoml_visit)(void *context, const ctoml_entry *entry);

typedef struct {
  char message[256];   // NUL-terminated, cut when longer
  unsigned line;       // from 1; 0 when there is none
  unsigned column;
} ctoml_error;

// Returns 0, or -1 with `error` filled in; then nothing was visited.
int ctoml_parse(const char *text, size_t length, void *context, ctoml_visit visit, ctoml_error *error);

#ifdef __cplusplus
}
#endif
