// Checks of a convolution's shape, for both devices.
#include "kernels/cnn/conv2d.h"

namespace tagloom::kernels {

void Conv2dShape::check() const {
  TL_CHECK(n >= 0 && h > 0 && w > 0 && c > 0 && k > 0 && r > 0 && s > 0,
           "[conv2d] needs sizes of at least 1, got x {} and filter {}", std::vector<int64_t>{n, h, w, c},
           std::vector<int64_t>{k, r, s, c});
  TL_CHECK(stride > 0 && padding >= 0 && dilation > 0,
           "[conv2d] needs stride and dilation of at least 1 and padding of at least 0, got {}, {} and {}", stride, dilation,
           padding);
  TL_CHECK(groups > 0 && c % groups == 0 && k % groups == 0,
           "[conv2d] {} channels and {} filters do not divide into {} groups of equal size", c, k, groups);
  TL_CHECK(h + 2 * padding > dilation * (r - 1) && w + 2 * padding > dilation * (s - 1),
           "[conv2d] a filter of {}x{} (dilation {}) is larger than the padded picture of {}x{}", r, s, dilation, h + 2 * padding,
           w + 2 * padding);
}

}  // namespace tagloom::kernels
