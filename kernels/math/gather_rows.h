#pragma once
// Gathers rows of a table by index:
//
//   y[i] = table[id[i]], zeros if id[i] is -1
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

// table [_, cols]; id [n], each a row of the table or -1; y [n, cols], copied bit by bit.
TL_TWINS(gather_rows, Queue& q, int64_t n, int64_t cols, const Real* table, const int32_t* id, Real* y)
TL_TWINS(gather_rows, Queue& q, int64_t n, int64_t cols, const Bf16* table, const int32_t* id, Bf16* y)

}  // namespace tagloom::kernels
