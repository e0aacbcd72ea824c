#include "models/fitting/logistic.h"

#include <cmath>

namespace tagloom {
namespace {

constexpr int kNewtonSteps = 100, kHalvings = 40;

double log1p_exp(double z) { return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z)); }

// The negative of the header's objective, which is minimised.
double objective(std::span<const double> x, std::span<const double> y, std::span<const double> weight, double ridge,
                 const LogisticCurve& c) {
  double sum = 0.5 * ridge * (c.slope * c.slope + c.offset * c.offset);
  for (size_t i = 0; i < x.size(); ++i) {
    const double z = c.slope * x[i] + c.offset;
    sum += weight[i] * (log1p_exp(z) - y[i] * z);
  }
  return sum;
}

}  // namespace

double LogisticCurve::operator()(double x) const { return 1 / (1 + std::exp(-slope * x - offset)); }

LogisticCurve fit_logistic(std::span<const double> x, std::span<const double> y, std::span<const double> weight, double ridge,
                           LogisticCurve c) {
  double value = objective(x, y, weight, ridge, c);
  for (int step = 0; step < kNewtonSteps; ++step) {
    double ga = ridge * c.slope, gb = ridge * c.offset, haa = ridge, hab = 0, hbb = ridge;
    for (size_t i = 0; i < x.size(); ++i) {
      const double s = c(x[i]), d = weight[i] * (s - y[i]), h = weight[i] * s * (1 - s);
      ga += d * x[i];
      gb += d;
      haa += h * x[i] * x[i];
      hab += h * x[i];
      hbb += h;
    }
    const double determinant = haa * hbb - hab * hab;
    if (!(determinant > 0)) break;
    const double da = -(hbb * ga - hab * gb) / determinant, db = -(haa * gb - hab * ga) / determinant;
    const double slope = ga * da + gb * db;  // of the objective along the step
    if (-slope < 1e-14 * (1 + std::abs(value))) break;
    double length = 1;
    for (int halving = 0; halving < kHalvings; ++halving, length /= 2) {
      const LogisticCurve tried{c.slope + length * da, c.offset + length * db};
      const double there = objective(x, y, weight, ridge, tried);
      if (there > value + 1e-4 * length * slope) continue;
      c = tried;
      value = there;
      break;
    }
  }
  return c;
}

}  // namespace tagloom
