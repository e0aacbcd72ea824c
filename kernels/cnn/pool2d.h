#pragma once
// Pooling of NHWC pictures over windows of r x s; pixels outside of the picture are ignored.
//
//   max: y[n,p,q,c] = max of the window; index = position r*S+s of the first maximum (a NaN wins), one byte;
//        dx[n,h,w,c] = sum of dy over the windows whose index points at (h, w)
//   avg: y[n,p,q,c] = mean over the window's pixels inside of the picture (count_include_pad = false);
//        dx[n,h,w,c] = sum of dy / count over the windows that contain (h, w)
//
// ceil_mode is PyTorch's: a last, partial window is kept if it starts inside of the picture or its left padding.
// The global average is r = h, s = w, stride = 1, padding = 0. An empty batch does nothing.
// Throws Error(kUsage) on a size below 1, on padding above half a window, and on max windows of more than 256 pixels.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct Pool2dShape {
  int64_t n, h, w, c;             // pictures
  int64_t r, s, stride, padding;  // windows
  bool ceil_mode = false;

  int64_t p() const { return windows(h, r); }  // output height
  int64_t q() const { return windows(w, s); }  // output width
  void check() const;                          // throws Error(kUsage)
  void check_max() const;                      // check(), and that an index fits in a byte

 private:
  int64_t windows(int64_t size, int64_t window) const {
    int64_t count = (size + 2 * padding - window + (ceil_mode ? stride - 1 : 0)) / stride + 1;
    if (ceil_mode && (count - 1) * stride >= size + padding) --count;
    return count;
  }
};

// index may be null if no backward pass follows.
TL_TWINS(max_pool2d_forward, Queue& q, const Pool2dShape& shape, const Real* x, Real* y, uint8_t* index)
TL_TWINS(max_pool2d_forward, Queue& q, const Pool2dShape& shape, const Bf16* x, Bf16* y, uint8_t* index)
TL_TWINS(max_pool2d_backward, Queue& q, const Pool2dShape& shape, const Real* dy, const uint8_t* index, Real* dx, Into into)
TL_TWINS(max_pool2d_backward, Queue& q, const Pool2dShape& shape, const Bf16* dy, const uint8_t* index, Bf16* dx, Into into)
TL_TWINS(avg_pool2d_forward, Queue& q, const Pool2dShape& shape, const Real* x, Real* y)
TL_TWINS(avg_pool2d_forward, Queue& q, const Pool2dShape& shape, const Bf16* x, Bf16* y)
TL_TWINS(avg_pool2d_backward, Queue& q, const Pool2dShape& shape, const Real* dy, Real* dx, Into into)
TL_TWINS(avg_pool2d_backward, Queue& q, const Pool2dShape& shape, const Bf16* dy, Bf16* dx, Into into)

}  // namespace tagloom::kernels
