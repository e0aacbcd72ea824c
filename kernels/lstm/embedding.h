#pragma once
// The gradient of an embedding table; its forward is gather_rows (kernels/math/gather_rows.h).
//
//   y[n] = table[id[n]], zeros if id[n] is -1          dtable[v] = sum of dy[n] over id[n] == v, n ascending
//
// The order of the sum is fixed, so equal inputs give equal bits on either device. With Bf16 dy, dtable is Real, summed in float.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct EmbeddingShape {
  int64_t n;  // looked-up rows
  int64_t v;  // rows of the table
  int64_t e;  // their width
};

// dy [n, e]; id [n] in [-1, v); dtable [v, e], overwritten entirely with kOverwrite.
TL_TWINS(embedding_backward, Queue& q, const EmbeddingShape& shape, const Real* dy, const int32_t* id, Real* dtable, Into into)
TL_TWINS(embedding_backward, Queue& q, const EmbeddingShape& shape, const Bf16* dy, const int32_t* id, Real* dtable, Into into)

}  // namespace tagloom::kernels
