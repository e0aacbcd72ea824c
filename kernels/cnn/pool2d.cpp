// Checks of a pooling shape, for both devices.
#include "kernels/cnn/pool2d.h"

namespace tagloom::kernels {

void Pool2dShape::check() const {
  TL_CHECK(n >= 0 && h > 0 && w > 0 && c > 0 && r > 0 && s > 0 && stride > 0 && padding >= 0,
           "[pool2d] needs sizes and a stride of at least 1, got x {}, window {}x{}, stride {}, padding {}",
           std::vector<int64_t>{n, h, w, c}, r, s, stride, padding);
  TL_CHECK(2 * padding <= r && 2 * padding <= s, "[pool2d] padding {} is more than half of the window {}x{}", padding, r, s);
  const int64_t room = 2 * padding + (ceil_mode ? stride - 1 : 0);
  TL_CHECK(h + room >= r && w + room >= s, "[pool2d] a window of {}x{} is larger than the padded picture of {}x{}", r, s,
           h + 2 * padding, w + 2 * padding);
}

void Pool2dShape::check_max() const {
  check();
  TL_CHECK(r * s <= 256, "[max_pool2d] a window of {}x{} has more than 256 pixels; its index does not fit in a byte", r, s);
}

}  // namespace tagloom::kernels
