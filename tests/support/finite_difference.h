#pragma once
// Gradients by central differences, for tests linked with Real = double.
#include <functional>
#include <vector>

#include "kernels/base/build_config.h"

namespace tagloom::test {

// df/dx; f reads x.
inline std::vector<double> central_differences(std::vector<Real>& x, const std::function<double()>& f, double step = 1e-5) {
  static_assert(sizeof(Real) == 8, "finite differences need Real = double");
  std::vector<double> gradient;
  for (Real& value : x) {
    const Real here = value;
    value = here + step;
    const double above = f();
    value = here - step;
    const double below = f();
    value = here;
    gradient.push_back((above - below) / (2 * step));
  }
  return gradient;
}

// A scalar loss with gradient `weights`: the sum of values * weights.
inline double weighted_sum(const std::vector<Real>& values, const std::vector<Real>& weights) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[i];
  return sum;
}

}  // namespace tagloom::test
