// Fills parameters on the host, then copies them to their device.
#include "engine/nn/init.h"

#include <cmath>
#include <numbers>

namespace tagloom {
namespace {

// A value depends only on its index, so the result is the same for any number of threads.
template <class Draw>
void fill_with(Parameter& parameter, Draw&& draw) {
  const int64_t count = parameter.value.count();
  std::vector<Real> values(count);
#pragma omp parallel for if (count > 1 << 14)
  for (int64_t i = 0; i < count; ++i) values[i] = draw(i);
  parameter.write(values);
}

}  // namespace

void init_constant(Parameter& parameter, Real value) {
  fill_with(parameter, [&](int64_t) { return value; });
}

void init_uniform(Parameter& parameter, RandomKey key, Real bound) {
  fill_with(parameter, [&](int64_t i) { return bound * (2 * static_cast<Real>(random_uniform(key, i)) - 1); });
}

void init_normal(Parameter& parameter, RandomKey key, Real standard_deviation) {
  fill_with(parameter, [&](int64_t i) {  // Box-Muller; 1 - u is never 0
    const double radius = std::sqrt(-2.0 * std::log(1.0 - random_uniform(key, 2 * i)));
    return static_cast<Real>(standard_deviation * radius * std::cos(2.0 * std::numbers::pi * random_uniform(key, 2 * i + 1)));
  });
}

}  // namespace tagloom
