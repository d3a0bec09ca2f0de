#include "cjson.h"

#include <charconv>
#include <limits>

namespace {

/// Whether the first digit that counts stands in front of the decimal point, the exponent applied: whether the number
/// is at least 1. Exact enough, since it is asked only of numbers far from 1.
bool isLarge(const char *text, const char *end) {
  long digits = 0, zeros = 0, exponent = 0;
  bool isFraction = false, isSignificant = false;
  for (; text < end && *text != 'e' && *text != 'E'; ++text) {
    if (*text == '.') isFraction = true;
    if (*text < '0' || *text > '9') continue;
    isSignificant = isSignificant || *text != '0';
    if (isSignificant && !isFraction) ++digits;
    if (!isSignificant && isFraction) ++zeros;
  }
  if (text < end) {
    ++text;
    const bool isNegative = text < end && *text == '-';
    for (; text < end; ++text) {
      if (*text >= '0' && *text <= '9' && exponent < 1000000000) exponent = exponent * 10 + (*text - '0');
    }
    if (isNegative) exponent = -exponent;
  }
  return digits - zeros + exponent > 0;
}

}  // namespace

extern "C" int cjson_double(const char *text, size_t n, double *value) {
  const char *end = text + n;
  auto result = std::from_chars(text, end, *value);
  if (result.ptr != end) return 0;
  if (result.ec == std::errc()) return 1;
  if (result.ec != std::errc::result_out_of_range) return 0;
  // from_chars reports overflow and underflow alike.
  *value = isLarge(text, end) ? std::numeric_limits<double>::infinity() : 0.0;
  if (text[0] == '-') *value = -*value;
  return 1;
}
