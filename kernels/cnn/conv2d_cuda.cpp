// conv2d by cuDNN's graph API.
#include <array>

#include "kernels/base/plan_cache.h"
#include "kernels/cnn/conv2d.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/conv2d_plan.h"
#include "kernels/cuda/widen_into.h"

namespace tagloom::kernels::cuda {
namespace {

// The queue's workspace: the first `bytes` for us, the rest for cuDNN.
struct Workspace {
  void* ours;
  void* rest;
  size_t rest_bytes;

  Workspace(Queue& q, size_t bytes) {
    const CudaContext& context = q.cuda();
    const size_t taken = (bytes + 255) / 256 * 256;
    TL_CHECK_AS(ErrorKind::kDevice, taken <= context.workspace_bytes,
                "[conv2d] needs {} KiB of workspace beside cuDNN's, the queue has {} KiB", taken >> 10,
                context.workspace_bytes >> 10);
    ours = context.workspace;
    rest = static_cast<char*>(context.workspace) + taken;
    rest_bytes = context.workspace_bytes - taken;
  }
};

void run(Queue& q, const Conv2dGraph& graph, const Workspace& workspace, const std::vector<int64_t>& ids,
         const std::vector<const void*>& tensors) {
  using Key = std::array<int64_t, 20>;
  // Never destroyed: at exit the driver may be gone before the plans.
  static auto& cache = *new PlanCache<Key, cudnn::Plan>;
  const Conv2dShape& s = graph.shape;
  const Key key{s.n,
                s.h,
                s.w,
                s.c,
                s.k,
                s.r,
                s.s,
                s.stride,
                s.padding,
                s.dilation,
                int64_t(graph.pass),
                graph.bf16,
                graph.bias,
                graph.residual,
                graph.relu,
                graph.add,
                graph.tf32,
                graph.deterministic,
                q.cuda().device,
                int64_t(workspace.rest_bytes)};
  const cudnnHandle_t handle = cudnn::handle_of(q);
  const auto plan = cache.get(key, [&] { return plan_conv2d(graph, {handle, {}}, workspace.rest_bytes); });
  std::vector<void*> pointers;
  for (const void* tensor : tensors) pointers.push_back(const_cast<void*>(tensor));
  cudnn::execute(handle, *plan, ids, pointers, workspace.rest);
}

template <class T>
Conv2dGraph graph_of(Queue& q, const Conv2dShape& shape, Conv2dPass pass, Into into = Into::kOverwrite) {
  Conv2dGraph graph;
  graph.pass = pass;
  graph.shape = shape;
  graph.bf16 = sizeof(T) == sizeof(Bf16);
  graph.tf32 = !graph.bf16 && q.cuda().tf32;
  graph.deterministic = q.cuda().deterministic;
  graph.add = into == Into::kAdd;
  return graph;
}

template <class T>
void forward(Queue& q, const Conv2dShape& shape, const T* x, const T* filter, const T* bias, const T* residual,
             Activation activation, T* y) {
  shape.check();
  if (shape.n == 0) return;
  Conv2dGraph graph = graph_of<T>(q, shape, Conv2dPass::kForward);
  graph.residual = residual != nullptr;
  graph.relu = activation == Activation::kRelu;
  graph.bias = bias != nullptr || graph.residual || graph.relu;
  // cuDNN's fused engines want a bias: where there is none it is zeros.
  const size_t zeros = graph.bias && bias == nullptr ? shape.k * sizeof(T) : 0;
  const Workspace workspace(q, zeros);
  if (zeros > 0) {
    TL_CUDA(cudaMemsetAsync(workspace.ours, 0, zeros, q.cuda().stream));
    bias = static_cast<const T*>(workspace.ours);
  }
  std::vector<int64_t> ids{kConvX, kConvFilter, kConvY};
  std::vector<const void*> tensors{x, filter, y};
  if (graph.bias) {
    ids.push_back(kConvBias);
    tensors.push_back(bias);
  }
  if (graph.residual) {
    ids.push_back(kConvResidual);
    tensors.push_back(residual);
  }
  run(q, graph, workspace, ids, tensors);
}

template <class T>
void backward_data(Queue& q, const Conv2dShape& shape, const T* filter, const T* dy, T* dx, Into into) {
  shape.check();
  if (shape.n == 0) return;
  run(q, graph_of<T>(q, shape, Conv2dPass::kBackwardData, into), Workspace(q, 0), {kConvX, kConvFilter, kConvY},
      {dx, filter, dy});
}

// An empty batch has the gradient zero, and is done with.
bool empty(Queue& q, const Conv2dShape& shape, Real* dfilter, Into into) {
  shape.check();
  if (shape.n > 0) return false;
  const size_t bytes = shape.k * shape.r * shape.s * shape.c * sizeof(Real);
  if (into == Into::kOverwrite) TL_CUDA(cudaMemsetAsync(dfilter, 0, bytes, q.cuda().stream));
  return true;
}

}  // namespace

void conv2d_forward(Queue& q, const Conv2dShape& shape, const Real* x, const Real* filter, const Real* bias, const Real* residual,
                    Activation activation, Real* y) {
  forward(q, shape, x, filter, bias, residual, activation, y);
}

void conv2d_forward(Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* filter, const Bf16* bias, const Bf16* residual,
                    Activation activation, Bf16* y) {
  forward(q, shape, x, filter, bias, residual, activation, y);
}

void conv2d_backward_data(Queue& q, const Conv2dShape& shape, const Real* filter, const Real* dy, Real* dx, Into into) {
  backward_data(q, shape, filter, dy, dx, into);
}

void conv2d_backward_data(Queue& q, const Conv2dShape& shape, const Bf16* filter, const Bf16* dy, Bf16* dx, Into into) {
  backward_data(q, shape, filter, dy, dx, into);
}

void conv2d_backward_filter(Queue& q, const Conv2dShape& shape, const Real* x, const Real* dy, Real* dfilter, Into into) {
  if (empty(q, shape, dfilter, into)) return;
  run(q, graph_of<Real>(q, shape, Conv2dPass::kBackwardFilter, into), Workspace(q, 0), {kConvX, kConvFilter, kConvY},
      {x, dfilter, dy});
}

// cuDNN has no precompiled engine from bf16 pictures to a float gradient: it leaves bf16, which is then widened.
void conv2d_backward_filter(Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter, Into into) {
  if (empty(q, shape, dfilter, into)) return;
  const int64_t size = shape.k * shape.r * shape.s * shape.c;
  const Workspace workspace(q, size * sizeof(Bf16));
  run(q, graph_of<Bf16>(q, shape, Conv2dPass::kBackwardFilter), workspace, {kConvX, kConvFilter, kConvY},
      {x, workspace.ours, dy});
  widen_into(q, size, static_cast<const Bf16*>(workspace.ours), dfilter, into);
}

}  // namespace tagloom::kernels::cuda
