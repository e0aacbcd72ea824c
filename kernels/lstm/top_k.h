#pragma once
// The k largest values of each row and their columns; k = 1 is argmax.
//
// Sorted by value, descending; among equal values the lower column comes first (0 and -0 are equal). NaN and excluded columns are
// never selected. If a row has fewer than k candidates, the rest is index -1, value -inf.
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct TopKShape {
  int64_t rows, cols, k;  // cols at most 2^31 - 1
};

// x [rows, cols]; excluded [rows, cols], 1 excludes a column, or null; index [rows, k]; value [rows, k], may be null.
TL_TWINS(top_k, Queue& q, const TopKShape& shape, const Real* x, const uint8_t* excluded, int32_t* index, Real* value)

}  // namespace tagloom::kernels
