// Rows of a table by id; the gradient adds to the rows that were read, in a fixed order.
#include "kernels/lstm/embedding.h"

#include "engine/ops/ops.h"

namespace tagloom {

Var embedding(const Var& table, const Tensor& id) {
  TL_CHECK(table.rank() == 2 && id.rank() == 1 && id.dtype() == DType::kInt32, "[embedding] table is {}, id is {} {}",
           table.shape(), dtype_name(id.dtype()), id.shape());
  const kernels::EmbeddingShape shape{id.size(0), table.size(0), table.size(1)};
  Tensor y = table.tape().empty(table.device(), {shape.n, shape.e});
  TL_ON(table.queue(), embedding_forward(table.queue(), shape, table.data(), id.data<int32_t>(), y.data()));
  return table.tape().record("embedding", {table}, y, [shape, id](Backward& b) {
    TL_ON(b.queue(),
          embedding_backward(b.queue(), shape, b.doutput(0).data(), id.data<int32_t>(), b.dinput(0).data(), b.into(0)));
  });
}

}  // namespace tagloom
