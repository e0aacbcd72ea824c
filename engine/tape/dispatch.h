#pragma once
// Calls a generic function with a value of a tensor's element type, Real or Bf16.
#include "engine/core/tensor.h"

namespace tagloom {

// on_storage(x.dtype(), "relu", [&](auto type) { using T = decltype(type); ... })
template <class Function>
auto on_storage(DType dtype, const char* op, Function&& function) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    if (dtype == DType::kBf16) return function(Bf16());
  }
  TL_CHECK(dtype == DType::kReal, "[{}] has no kernel for {}", op, dtype_name(dtype));
  return function(Real());
}

}  // namespace tagloom
