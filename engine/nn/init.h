#pragma once
// Initial values, drawn from Philox by element index: the same for every device and thread count.
#include "engine/nn/module.h"
#include "kernels/base/philox.h"

namespace tagloom {

void init_constant(Parameter& parameter, Real value);
void init_uniform(Parameter& parameter, RandomKey key, Real bound);  // U(-bound, bound)
void init_normal(Parameter& parameter, RandomKey key, Real standard_deviation);

}  // namespace tagloom
