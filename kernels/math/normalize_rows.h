#pragma once
// Scales rows to length 1:
//
//   y[r] = x[r] / |x[r]|        dx[r] = (dy[r] - y[r] (y[r] . dy[r])) / |x[r]|
//
// A row of zeros stays zero, and its gradient is 0.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

// x, y [rows, cols]; y may be x itself; norm [rows], |x|.
TL_TWINS(normalize_rows_forward, Queue& q, int64_t rows, int64_t cols, const Real* x, Real* y, Real* norm)
// y and norm are from forward.
TL_TWINS(normalize_rows_backward, Queue& q, int64_t rows, int64_t cols, const Real* y, const Real* norm, const Real* dy, Real* dx,
         Into into)

}  // namespace tagloom::kernels
