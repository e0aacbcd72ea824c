#pragma once
// What is trained: a tensor with its gradient, and the copy of it that products in bfloat16 take.
#include <utility>
#include <vector>

#include "engine/core/tensor.h"

namespace tagloom {

// The optimizer may re-house value and gradient in flat memory: hold Parameters, not their tensors.
struct Parameter {
  Tensor value;
  Tensor grad;               // same shape; defined once a tape or an optimizer needs it
  Tensor rounded;            // value in bfloat16, where it is kept: an optimizer's steps write both
  bool trainable = true;     // a tape gives no gradient to a parameter that is not
  int64_t map_channels = 0;  // > 0: a matrix whose columns are a flattened [H*W, C] map of C channels; files hold [C, H*W]

  void allocate(Shape shape) { value = Tensor::zeros(std::move(shape)), rounded = {}; }
  void ensure_grad();  // zeros on the value's device where there is none
  void write(const std::vector<Real>& values);
  void keep_rounded();  // from here on, unless something trains value: then an optimizer decides what is kept
  void round_again();   // after value was written past write() by others than the optimizer
};

}  // namespace tagloom
