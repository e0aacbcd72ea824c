#pragma once
// A logistic function of one value, fitted by weighted maximum likelihood: TagProp's word-wise boost.
//   maximise  sum_i w_i [y_i log s_i + (1 - y_i) log(1 - s_i)] - ridge/2 (slope^2 + offset^2),   s_i = 1 / (1 + exp(-slope x_i - offset))
#include <cstdint>
#include <span>

namespace tagloom {

struct LogisticCurve {
  double slope = 1, offset = 0;
  double operator()(double x) const;
};

// Fits by Newton's method with halved steps, from `start`. y: 0, 1 or values between; ridge above 0 keeps separable data bounded.
LogisticCurve fit_logistic(std::span<const double> x, std::span<const double> y, std::span<const double> weight, double ridge,
                           LogisticCurve start = {});

}  // namespace tagloom
