#include "cjson.h"

#include <charconv>
#include <cstring>
#include <limits>

extern "C" int cjson_double(const char *text, size_t n, double *value) {
  const char *end = text + n;
  auto result = std::from_chars(text, end, *value);
  if (result.ptr != end) return 0;
  if (result.ec == std::errc()) return 1;
  if (result.ec != std::errc::result_out_of_range) return 0;
  // from_chars reports overflow and underflow alike: a negative exponent, or a leading zero, tells them apart.
  const char *exponent = static_cast<const char *>(std::memchr(text, 'e', n));
  if (!exponent) exponent = static_cast<const char *>(std::memchr(text, 'E', n));
  bool isSmall = exponent ? exponent + 1 < end && exponent[1] == '-' : text[0] == '0' || text[1] == '0';
  *value = isSmall ? 0.0 : std::numeric_limits<double>::infinity();
  if (text[0] == '-') *value = -*value;
  return 1;
}
