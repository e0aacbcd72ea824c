#include "kernels/lstm/embedding.h"

#include <algorithm>

namespace tagloom::kernels::cpu {

void embedding_forward(Queue&, const EmbeddingShape& shape, const Real* table, const int32_t* id, Real* y) {
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    Real* row = y + n * shape.e;
    if (id[n] < 0) {
      std::fill(row, row + shape.e, Real(0));
    } else {
      std::copy_n(table + id[n] * shape.e, shape.e, row);
    }
  }
}

void embedding_backward(Queue&, const EmbeddingShape& shape, const Real* dy, const int32_t* id, Real* dtable, Into into) {
  if (into == Into::kOverwrite) std::fill(dtable, dtable + shape.v * shape.e, Real(0));
  for (int64_t n = 0; n < shape.n; ++n) {  // in order: two rows may go to the same place
    if (id[n] < 0) continue;
    for (int64_t e = 0; e < shape.e; ++e) dtable[id[n] * shape.e + e] += dy[n * shape.e + e];
  }
}

}  // namespace tagloom::kernels::cpu
