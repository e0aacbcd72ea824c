#pragma once
// A fully connected layer with ReLU, and the gradient that it receives from the layer above.
//
//   forward    y = max(x weight^T + bias, 0)       x [n, k], weight [m, k], bias [m], y [n, m]
//   backward   dz = dabove above where y > 0, else 0; dbias = column sums of dz
//                                                  dabove [n, k], above [k, m] (the weight of the layer above), dz [n, m]
//
// dz is the gradient before the ReLU; the layer's other gradients are products of it (gemm.h). dbias may be null. With k = 0 the
// product is 0; n = 0 sets dbias to zeros. No output overlaps another array.
//
// Forward may write a mask of y > 0, one bit per value in a device-specific order, and then sets `written`. Backward uses the
// mask if it was written, else y. A caller that zeroes values of y in between (dropout) must zero the same values of dz and pass
// no dbias.
//
// Bf16 is storage, as in gemm.h. CPU: oneDNN, no mask. CUDA: cuBLASLt's epilogues, or separate operations for shapes without one;
// the mask is written only if `bits` is 16-byte aligned.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct LinearReluShape {
  int64_t n, k, m;
};

struct ReluMask {
  void* bits = nullptr;  // relu_mask_bytes(n, m) bytes; null: write no mask
  bool written = false;
};

// cuBLASLt requires rows of a multiple of 128 bits.
inline int64_t relu_mask_row_bits(int64_t m) { return (m + 127) / 128 * 128; }
inline int64_t relu_mask_bytes(int64_t n, int64_t m) { return n * relu_mask_row_bits(m) / 8; }

TL_TWINS(linear_relu_forward, Queue& q, const LinearReluShape& shape, const Real* x, const Real* weight, const Real* bias,
         Real* y, ReluMask& mask)
TL_TWINS(linear_relu_forward, Queue& q, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Bf16* bias,
         Bf16* y, ReluMask& mask)
TL_TWINS(linear_relu_forward, Queue& q, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Real* bias,
         Real* y, ReluMask& mask)
TL_TWINS(linear_relu_backward, Queue& q, const LinearReluShape& shape, const Real* dabove, const Real* above, const Real* y,
         const ReluMask& mask, Real* dz, Real* dbias, Into into)
TL_TWINS(linear_relu_backward, Queue& q, const LinearReluShape& shape, const Bf16* dabove, const Bf16* above, const Bf16* y,
         const ReluMask& mask, Bf16* dz, Real* dbias, Into into)

}  // namespace tagloom::kernels
