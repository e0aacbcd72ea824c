#pragma once
// Rows of a table by number: the vector of the tag that was said last.
//
//   y[n] = table[id[n]], zeros where id[n] is -1          dtable[v] = sum of dy[n] over id[n] == v, n ascending
//
// The sum's order is fixed, so equal inputs give equal bits on either device.
//
// Bf16 is storage of what is looked up and of dy: y has the table's bits, and dtable is Real, summed up in float.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct EmbeddingShape {
  int64_t n;  // looked-up rows
  int64_t v;  // rows of the table
  int64_t e;  // their width
};

// table [v, e]; id [n] in [-1, v); y [n, e].
TL_TWINS(embedding_forward, Queue& q, const EmbeddingShape& shape, const Real* table, const int32_t* id, Real* y)
TL_TWINS(embedding_forward, Queue& q, const EmbeddingShape& shape, const Bf16* table, const int32_t* id, Bf16* y)

// dy [n, e]; id [n]; dtable [v, e], all of it written with kOverwrite.
TL_TWINS(embedding_backward, Queue& q, const EmbeddingShape& shape, const Real* dy, const int32_t* id, Real* dtable, Into into)
TL_TWINS(embedding_backward, Queue& q, const EmbeddingShape& shape, const Bf16* dy, const int32_t* id, Real* dtable, Into into)

}  // namespace tagloom::kernels
