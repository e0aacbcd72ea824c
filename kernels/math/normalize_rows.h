#pragma once
// Rows of length 1:
//
//   y[r] = x[r] / |x[r]|        dx[r] = (dy[r] - y[r] (y[r] . dy[r])) / |x[r]|
//
// A row of zeros stays one and gets no gradient.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

// x, y [rows, cols]; y may be x itself; norm [rows], of x.
TL_TWINS(normalize_rows_forward, Queue& q, int64_t rows, int64_t cols, const Real* x, Real* y, Real* norm)
// y and norm of forward.
TL_TWINS(normalize_rows_backward, Queue& q, int64_t rows, int64_t cols, const Real* y, const Real* norm, const Real* dy, Real* dx,
         Into into)

}  // namespace tagloom::kernels
