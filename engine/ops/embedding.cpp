// Rows of a table by id; the gradient adds to the rows that were read, in a fixed order.
#include "kernels/lstm/embedding.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"

namespace tagloom {

Var embedding(const Var& table, const Tensor& id, DType dtype) {
  TL_CHECK(table.rank() == 2 && id.rank() == 1 && id.dtype() == DType::kInt32, "[embedding] table is {}, id is {} {}",
           table.shape(), dtype_name(id.dtype()), id.shape());
  TL_CHECK(table.value().dtype() == DType::kReal, "[embedding] the table is {}: it must be {}, whatever the rows shall be",
           dtype_name(table.value().dtype()), dtype_name(DType::kReal));
  const kernels::EmbeddingShape shape{id.size(0), table.size(0), table.size(1)};
  Tensor y = table.tape().empty(table.device(), {shape.n, shape.e}, dtype);
  return on_storage(dtype, "embedding", [&](auto type) {
    using T = decltype(type);
    const Tensor& rows = std::is_same_v<T, Real> ? table.value() : table.rounded();
    TL_ON(table.queue(), embedding_forward(table.queue(), shape, rows.data<T>(), id.data<int32_t>(), y.data<T>()));
    return table.tape().record("embedding", {table}, y, [shape, id](Backward& b) {
      TL_ON(b.queue(),
            embedding_backward(b.queue(), shape, b.doutput(0).data<T>(), id.data<int32_t>(), b.dinput(0).data(), b.into(0)));
    });
  });
}

}  // namespace tagloom
