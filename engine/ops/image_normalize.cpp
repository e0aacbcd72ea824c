// Pictures of bytes to normalised activations.
#include "kernels/cnn/image_normalize.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"

namespace tagloom {

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
