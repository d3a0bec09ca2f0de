#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Reads a decimal number, all of `n` bytes of it, rounding correctly. Returns 1 when it was one, else 0.
/// What is too large becomes infinity, what is too small zero.
int cjson_double(const char *text, size_t n, double *value);

#ifdef __cplusplus
}
#endif
