#pragma once
// The vector of the tag that was said last: a row of a table, by gather_rows (kernels/math/gather_rows.h), and its gradient.
//
//   y[n] = table[id[n]], zeros where id[n] is -1          dtable[v] = sum of dy[n] over id[n] == v, n ascending
//
// The sum's order is fixed, so equal inputs give equal bits on either device. Of Bf16 dy, dtable is Real, summed up in float.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct EmbeddingShape {
  int64_t n;  // looked-up rows
  int64_t v;  // rows of the table
  int64_t e;  // their width
};

// dy [n, e]; id [n] in [-1, v); dtable [v, e], all of it written with kOverwrite.
TL_TWINS(embedding_backward, Queue& q, const EmbeddingShape& shape, const Real* dy, const int32_t* id, Real* dtable, Into into)
TL_TWINS(embedding_backward, Queue& q, const EmbeddingShape& shape, const Bf16* dy, const int32_t* id, Real* dtable, Into into)

}  // namespace tagloom::kernels
