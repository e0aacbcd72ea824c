#pragma once
// A trainable tensor, its gradient, and its bfloat16 copy for products.
#include <utility>
#include <vector>

#include "engine/core/tensor.h"

namespace tagloom {

// The optimizer may move value and gradient to flat memory, so keep references to Parameters, not to their tensors.
struct Parameter {
  Tensor value;
  Tensor grad;               // same shape; defined once a tape or an optimizer needs it
  Tensor rounded;            // value in bfloat16, if kept; optimizer steps update both
  bool trainable = true;     // false: a tape computes no gradient for it
  int64_t map_channels = 0;  // > 0: a matrix whose columns are a flattened [H*W, C] map of C channels; files store [C, H*W]

  void allocate(Shape shape) { value = Tensor::zeros(std::move(shape)), rounded = {}; }
  void ensure_grad();  // allocates zeros on the value's device if undefined
  void write(const std::vector<Real>& values);
  void keep_rounded();  // keep a rounded copy from now on; for a trained parameter the optimizer decides instead
  void round_again();   // call after value was changed by neither write() nor the optimizer
};

}  // namespace tagloom
