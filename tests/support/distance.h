#pragma once
// The relative distance of two arrays: the Euclidean norm of their difference, divided by that of the second.
#include <cmath>
#include <vector>

#include "kernels/base/build_config.h"

namespace tagloom::test {

inline double distance(const std::vector<Real>& a, const std::vector<Real>& b) {
  if (a.size() != b.size()) return INFINITY;
  double difference = 0, length = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    difference += std::pow(a[i] - b[i], 2);
    length += std::pow(b[i], 2);
  }
  return std::sqrt(difference / length);
}

}  // namespace tagloom::test
