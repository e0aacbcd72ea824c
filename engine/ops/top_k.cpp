// The winner of each row.
#include "kernels/lstm/top_k.h"

#include "engine/ops/ops.h"

namespace tagloom {

Tensor argmax(const Var& logits, const Tensor& excluded) {
  TL_CHECK(logits.rank() == 2, "[argmax] needs [rows, V], got {}", logits.shape());
  Tensor index = logits.tape().empty(logits.device(), {logits.size(0)}, DType::kInt32);
  TL_ON(logits.queue(), top_k(logits.queue(), kernels::TopKShape{logits.size(0), logits.size(1), 1}, logits.data(),
                              excluded.defined() ? excluded.data<uint8_t>() : nullptr, index.data<int32_t>(), nullptr));
  return index;
}

}  // namespace tagloom
