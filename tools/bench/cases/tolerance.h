#pragma once
// The allowed difference of two numbers: |actual - expected| <= absolute + relative * |expected|.
#include <cmath>

namespace tagloom::test {

struct Tolerance {
  double absolute = 1e-6;
  double relative = 1e-5;
};

inline constexpr Tolerance kExact{0, 0};

inline bool is_near(double actual, double expected, Tolerance tolerance) {
  if (std::isnan(actual) || std::isnan(expected)) return std::isnan(actual) && std::isnan(expected);
  if (std::isinf(actual) || std::isinf(expected)) return actual == expected;
  return std::abs(actual - expected) <= tolerance.absolute + tolerance.relative * std::abs(expected);
}

}  // namespace tagloom::test
