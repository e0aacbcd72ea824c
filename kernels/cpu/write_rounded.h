#pragma once
// Writes a CPU twin's result to an array of Real or bfloat16. The rounding is a separate function, because g++ vectorises it only
// then.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

template <class T>
inline void write_rounded(Real value, T& y) {
  y = value;
}

template <class T>
inline void write_rounded(Real value, Into into, T& y) {
  y = into == Into::kAdd ? static_cast<Real>(y) + value : value;
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
