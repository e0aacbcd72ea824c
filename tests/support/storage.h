#pragma once
// Converts arrays of floats to bfloat16 and back.
#include <cstdint>
#include <vector>

#include "kernels/base/bfloat16.h"
#include "kernels/base/build_config.h"

namespace tagloom::test {

inline std::vector<Bf16> narrowed(const std::vector<Real>& values) { return {values.begin(), values.end()}; }
inline std::vector<Real> widened(const std::vector<Bf16>& values) { return {values.begin(), values.end()}; }

// Floats rounded to bfloat16.
inline std::vector<Real> rounded(const std::vector<Real>& values) { return widened(narrowed(values)); }

// The number of values that differ.
inline int64_t differing(const std::vector<Real>& a, const std::vector<Real>& b) {
  int64_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += a[i] != b.at(i);
  return count;
}

}  // namespace tagloom::test
