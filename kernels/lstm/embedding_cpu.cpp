#include "kernels/lstm/embedding.h"

#include <algorithm>

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void add_up(const EmbeddingShape& shape, const T* dy, const int32_t* id, Real* dtable, Into into) {
  if (into == Into::kOverwrite) std::fill(dtable, dtable + shape.v * shape.e, Real(0));
  for (int64_t n = 0; n < shape.n; ++n) {  // serial: two rows may have the same id
    if (id[n] < 0) continue;
    for (int64_t e = 0; e < shape.e; ++e) dtable[id[n] * shape.e + e] += static_cast<Real>(dy[n * shape.e + e]);
  }
}

}  // namespace

void embedding_backward(Queue&, const EmbeddingShape& shape, const Real* dy, const int32_t* id, Real* dtable, Into into) {
  add_up(shape, dy, id, dtable, into);
}
void embedding_backward(Queue&, const EmbeddingShape& shape, const Bf16* dy, const int32_t* id, Real* dtable, Into into) {
  add_up(shape, dy, id, dtable, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
