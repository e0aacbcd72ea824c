#pragma once
// How a CPU twin writes a result to an array of Real or bfloat16. The rounding stands in a function of its own: then g++ makes vector
// instructions of it in a simd loop.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"

namespace tagloom::kernels {

template <class T>
inline void write_rounded(Real value, T& y) {
  y = value;
}

template <class T>
inline void write_rounded(Real value, Into into, T& y) {
  y = into == Into::kAdd ? static_cast<Real>(y) + value : value;
}

}  // namespace tagloom::kernels
