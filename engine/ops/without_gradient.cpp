// Ops without a gradient: argmax of each row, probabilities for decoding, and the conversion of 8-bit pictures to activations.
#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/cnn/image_normalize.h"
#include "kernels/loss/softmax_xent.h"
#include "kernels/lstm/top_k.h"

namespace tagloom {

Tensor argmax(const Var& logits, const Tensor& excluded) {
  TL_CHECK(logits.rank() == 2, "[argmax] needs [rows, V], got {}", logits.shape());
  Tensor index = logits.tape().empty(logits.device(), {logits.size(0)}, DType::kInt32);
  TL_ON(logits.queue(), top_k(logits.queue(), kernels::TopKShape{logits.size(0), logits.size(1), 1}, logits.data(),
                              excluded.defined() ? excluded.data<uint8_t>() : nullptr, index.data<int32_t>(), nullptr));
  return index;
}

Var softmax_probabilities(const Var& logits) {
  TL_CHECK(logits.rank() == 2, "[softmax] needs [rows, V], got {}", logits.shape());
  Tensor y = logits.tape().empty(logits.device(), logits.shape());
  TL_ON(logits.queue(),
        softmax_forward(logits.queue(), kernels::SoftmaxXentShape{logits.size(0), logits.size(1)}, logits.data(), y.data()));
  return logits.tape().constant(y);
}

Var image_normalize(Tape& tape, const Tensor& images, int64_t channels, const float mean[3], const float std_dev[3],
                    DType dtype) {
  TL_CHECK(images.rank() == 4 && images.size(3) == 3 && images.dtype() == DType::kByte && channels >= 3,
           "[image_normalize] needs uint8 [N,H,W,3], got {} {}", dtype_name(images.dtype()), images.shape());
  kernels::ImageNormalizeShape shape{};
  shape.n = images.size(0), shape.h = images.size(1), shape.w = images.size(2), shape.c_out = channels;
  for (int i = 0; i < 3; ++i) shape.mean[i] = mean[i], shape.std_[i] = std_dev[i];
  Tensor y = tape.empty(images.device(), {shape.n, shape.h, shape.w, channels}, dtype);
  on_storage(dtype, "image_normalize", [&](auto type) {
    TL_ON(images.queue(), image_normalize(images.queue(), shape, {}, images.data<uint8_t>(), y.data<decltype(type)>()));
  });
  return tape.constant(y);
}

}  // namespace tagloom
