#include "ckernels.h"

#include <math.h>
#include <string.h>

#pragma clang fp reassociate(on) contract(fast)

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

// exp for x <= 0: 2^whole by the exponent's bits, 2^part by a polynomial (Cephes' expf), without a branch, so that the
// compiler keeps it in vector registers. Below -87 the result is 0 for all that a softmax can tell.
static inline float exp_negative(float x) {
  x = x < -87.0f ? -87.0f : x;
  float whole = (float)(int32_t)(x * 1.44269504f - 0.5f);
  float part = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * part + 1.3981999507e-3f;
  y = y * part + 8.3334519073e-3f;
  y = y * part + 4.1665795894e-2f;
  y = y * part + 1.6666665459e-1f;
  y = y * part + 5.0000001201e-1f;
  y = y * part * part + part + 1.0f;
  int32_t bits = ((int32_t)whole + 127) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return y * scale;
}

CLONES float ck_softmax(float *x, size_t n) {
  float best = x[0];
  for (size_t i = 1; i < n; i++) best = best < x[i] ? x[i] : best;
  float sum = 0;
  for (size_t i = 0; i < n; i++) {
    x[i] = exp_negative(x[i] - best);
    sum += x[i];
  }
  float scale = 1.0f / sum;
  for (size_t i = 0; i < n; i++) x[i] *= scale;
  return best + logf(sum);
}

CLONES void ck_adam(float *restrict x, float *restrict gradient, float *restrict mean, float *restrict square, size_t n,
                    float rate, float decay) {
  for (size_t i = 0; i < n; i++) {
    float g = gradient[i];
    mean[i] = 0.9f * mean[i] + 0.1f * g;
    square[i] = 0.999f * square[i] + 0.001f * g * g;
    x[i] -= rate * mean[i] / (sqrtf(square[i]) + 1e-8f) + decay * x[i];
    gradient[i] = 0;
  }
}
