// lstm_decode as a loop over steps, with one launch per operation.
#include "kernels/decode/lstm_decode_forms.h"

#include "kernels/base/device_twins.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/linear/gemm.h"
#include "kernels/lstm/label_max_pool.h"
#include "kernels/lstm/lstm_gates.h"
#include "kernels/lstm/top_k.h"
#include "kernels/math/arithmetic.h"
#include "kernels/math/cast.h"
#include "kernels/math/gather_rows.h"

namespace tagloom::kernels {
namespace {

// One thread per row of the batch.
__global__ void mark_kernel(int64_t n, int64_t v, const int32_t* emitted, uint8_t* excluded) {
  const int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x;
  if (i < n && emitted[i] >= 0) excluded[i * v + emitted[i]] = 1;
}

// Allocates arrays at the front of the queue's workspace; the libraries use the rest during its lifetime.
class WorkspaceArrays {
 public:
  explicit WorkspaceArrays(CudaContext& context)
      : context_(context), workspace_(context.workspace), bytes_(context.workspace_bytes) {}
  ~WorkspaceArrays() {
    context_.workspace = workspace_;
    context_.workspace_bytes = bytes_;
  }
  WorkspaceArrays(const WorkspaceArrays&) = delete;
  WorkspaceArrays& operator=(const WorkspaceArrays&) = delete;

  template <class T>
  T* array(int64_t count) {
    const size_t bytes = (count * sizeof(T) + 255) / 256 * 256;
    TL_CHECK_AS(ErrorKind::kInternal, context_.workspace_bytes >= bytes,
                "[lstm_decode] the queue's workspace of {} bytes is too small: it needs {} more", bytes_,
                bytes - context_.workspace_bytes);
    T* place = static_cast<T*>(context_.workspace);
    context_.workspace = static_cast<char*>(context_.workspace) + bytes;
    context_.workspace_bytes -= bytes;
    return place;
  }
  template <class T>
  T* array_unless(T* given, int64_t count) {
    return given ? given : array<T>(count);
  }

 private:
  CudaContext& context_;
  void* workspace_;
  size_t bytes_;
};

// y = x W^T + bias by Real or bfloat16 products; the latter copy x to x16.
struct Product {
  GemmShape shape;
  const float* weight;
  const Bf16* weight16;  // null for Real products

  void operator()(Queue& q, const float* x, const Bf16* x16, const float* bias, float* y, Into into) const {
    if (weight16) return cuda::gemm(q, shape, x16, weight16, bias, y, into);
    cuda::gemm(q, shape, x, weight, bias, y, into);
  }
};

const Bf16* bf16_copy(Queue& q, bool wanted, int64_t count, const float* x, const Bf16* kept, WorkspaceArrays& scratch) {
  if (!wanted || kept != nullptr) return wanted ? kept : nullptr;
  Bf16* y = scratch.array<Bf16>(count);
  cuda::cast(q, count, x, y);
  return y;
}

}  // namespace

void lstm_decode_steps(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out) {
  const int64_t steps = shape.t, n = shape.n, d = shape.d, v = shape.v;
  const bool winners = shape.feed == Feed::kWinner || shape.exclude_emitted || out.emitted;
  WorkspaceArrays scratch(q.cuda());
  // Arrays that cover every step if they are outputs, else only the last one or two.
  float* const gates = scratch.array_unless(out.gates, n * 4 * d);
  float* const c = scratch.array_unless(out.c, n * d);
  float* const h = scratch.array_unless(out.h, n * d);
  float* const logits = scratch.array_unless(out.logits, (out.pooled ? steps : 1) * n * v);
  int32_t* const emitted = winners ? scratch.array_unless(out.emitted, n) : nullptr;
  int32_t* const start = scratch.array<int32_t>(n);
  uint8_t* const excluded = shape.exclude_emitted ? scratch.array<uint8_t>(n * v) : nullptr;
  Bf16* const h16 = shape.bf16 ? scratch.array<Bf16>(n * d) : nullptr;
  const Product recurrent{
      {n, 4 * d, d, false, true}, in.weight_hh, bf16_copy(q, shape.bf16, 4 * d * d, in.weight_hh, in.weight_hh16, scratch)};
  const Product project{
      {n, v, d, false, true}, in.weight_out, bf16_copy(q, shape.bf16, v * d, in.weight_out, in.weight_out16, scratch)};

  if (excluded) cuda::zero_bytes(q, excluded, n * v);
  cuda::fill(q, n, static_cast<int32_t>(v), start);
  const float *h_prev = in.h0, *c_prev = in.c0;
  const int32_t* rows = start;
  if (h_prev && h16) cuda::cast(q, n * d, h_prev, h16);
  for (int64_t t = 0; t < steps; ++t) {
    float* gates_now = gates + (out.gates ? t * n * 4 * d : 0);
    float* c_now = c + (out.c ? t * n * d : 0);
    float* h_now = h + (out.h ? t * n * d : 0);
    float* logits_now = logits + (out.logits || out.pooled ? t * n * v : 0);
    if (shape.feed == Feed::kWinner) {
      cuda::gather_rows(q, n, 4 * d, in.input_gates, rows, gates_now);
    } else {
      cuda::copy_bytes(q, CopyKind::kSameDevice, in.input_gates, gates_now, n * 4 * d * sizeof(float));
    }
    if (h_prev) recurrent(q, h_prev, h16, nullptr, gates_now, Into::kAdd);
    cuda::lstm_gates_forward(q, {n, d}, gates_now, nullptr, c_prev, gates_now, c_now, h_now);
    if (h16) cuda::cast(q, n * d, h_now, h16);
    project(q, h_now, h16, in.bias_out, logits_now, Into::kOverwrite);
    if (winners) {
      int32_t* emitted_now = emitted + (out.emitted ? t * n : 0);
      cuda::top_k(q, {n, v, 1}, logits_now, excluded, emitted_now, nullptr);
      if (excluded) launch(q, "lstm_decode_mark", blocks_for(n, 256), 256, 0, mark_kernel, n, v, emitted_now, excluded);
      rows = emitted_now;
    }
    h_prev = h_now;
    c_prev = c_now;
  }
  if (out.pooled) {
    int32_t* arg = scratch.array_unless(out.pooled_arg, n * v);
    cuda::label_max_pool_forward(q, {steps, n, v}, logits, out.pooled, arg);
  }
}

}  // namespace tagloom::kernels
