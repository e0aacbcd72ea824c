// Keeps a parameter's gradient and rounded copy in step with its value.
#include "engine/tape/parameter.h"

#include "kernels/math/cast.h"

namespace tagloom {

void Parameter::ensure_grad() {
  if (!grad.defined()) grad = Tensor::zeros(value.shape(), value.dtype(), value.device());
}

void Parameter::write(const std::vector<Real>& values) {
  value.write(values.data(), values.size());
  round_again();
}

void Parameter::keep_rounded() {
  if (rounded.defined() || grad.defined()) return;
  rounded = Tensor::empty(value.shape(), DType::kBf16, value.device());
  round_again();
}

void Parameter::round_again() {
  if (!rounded.defined()) return;
  TL_ON(value.queue(), cast(value.queue(), value.count(), value.data(), rounded.data<Bf16>()));
}

}  // namespace tagloom
