// conv2d by cuDNN's graph API.
#include <algorithm>
#include <array>
#include <mutex>

#include "kernels/base/device_twins.h"
#include "kernels/base/plan_cache.h"
#include "kernels/base/warning.h"
#include "kernels/cnn/conv2d.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/widen_into.h"
#include "kernels/cuda_libraries/conv2d_plan.h"
#include "kernels/cuda_libraries/libraries.h"
#include "kernels/linear/gemm.h"

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

struct Binding {
  std::vector<int64_t> ids;
  std::vector<void*> pointers;
};

// The tensor that a pass writes.
int64_t result_id(const Conv2dGraph& graph) {
  return graph.pass == Conv2dPass::kForward ? kConvY : graph.pass == Conv2dPass::kBackwardData ? kConvX : kConvFilter;
}

size_t result_bytes(const Conv2dGraph& graph) {
  const Conv2dShape& s = graph.shape;
  const int64_t count = graph.pass == Conv2dPass::kForward        ? s.n * s.p() * s.q() * s.k
                        : graph.pass == Conv2dPass::kBackwardData ? s.n * s.h * s.w * s.c
                                                                  : s.k * s.r * s.s * s.c;
  return count * (graph.bf16 ? sizeof(Bf16) : sizeof(float));
}

// One file a GPU; it lives as long as the process, as the plans do.
PlanFile& plan_file(const CudaContext& context) {
  static std::mutex mutex;
  static auto& files = *new std::map<std::pair<int, std::string>, PlanFile>;
  const std::lock_guard lock(mutex);
  const std::pair key{context.device, context.rules.plan_folder};
  auto found = files.find(key);
  if (found == files.end()) {
    const std::string library = library_versions(), owner = library + ", " + device_info(context.device).name;
    found = files.emplace(key, PlanFile(context.rules.plan_folder, owner)).first;
    if (!found->second.warning().empty()) warn(found->second.warning());
  }
  return found->second;
}

// The engine that takes the least time on these tensors, of which the result is kept out: it may be added to.
cudnn::Plan timed_plan(Queue& q, const cudnn::Problem& problem, const Conv2dGraph& graph, Binding binding, void* scratch) {
  const CudaContext& context = q.cuda();
  const cudnnHandle_t handle = cudnn::handle_of(q);
  cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
  TL_CUDA(cudaStreamIsCapturing(context.stream, &capture));
  if (capture != cudaStreamCaptureStatusNone) return cudnn::choose_plan(problem, {handle, {}});  // nothing can be waited for

  void* result = nullptr;
  cuda::allocate(q, result_bytes(graph), &result);
  const auto release_result = [&q](void* pointer) { cuda::release(q, pointer); };
  const std::unique_ptr<void, decltype(release_result)> owner(result, release_result);
  for (size_t i = 0; i < binding.ids.size(); ++i) {
    if (binding.ids[i] == result_id(graph)) binding.pointers[i] = result;
  }
  cuda::zero_bytes(q, result, result_bytes(graph));
  const auto stopwatch = cuda::make_stopwatch(q);
  const auto seconds = [&](const cudnn::Plan& plan) {
    double least = 0;
    for (int repeat = 0; repeat < 4; ++repeat) {  // the first is a warm-up
      stopwatch->start();
      cudnn::execute(handle, plan, binding.ids, binding.pointers, scratch);
      const double taken = stopwatch->stop();
      if (repeat > 0) least = least == 0 ? taken : std::min(least, taken);
    }
    return least;
  };
  PlanFile& file = plan_file(context);
  const cudnn::Plan plan = cudnn::fastest_plan(problem, {handle, {}}, file, seconds);
  if (!file.warning().empty()) warn(file.warning());
  return plan;
}

void run(Queue& q, const Conv2dGraph& graph, const Workspace& workspace, const std::vector<int64_t>& ids,
         const std::vector<const void*>& tensors) {
  using Key = std::array<int64_t, 21>;
  // Never destroyed: at exit the driver may be gone before the plans.
  static auto& cache = *new PlanCache<Key, cudnn::Plan>;
  const Conv2dShape& s = graph.shape;
  const bool benchmark = q.cuda().rules.benchmark;
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
                benchmark,
                q.cuda().device,
                int64_t(workspace.rest_bytes)};
  const cudnnHandle_t handle = cudnn::handle_of(q);
  Binding binding{ids, {}};
  for (const void* tensor : tensors) binding.pointers.push_back(const_cast<void*>(tensor));
  const auto plan = cache.get(key, [&] {
    const cudnn::Problem problem = conv2d_problem(graph, workspace.rest_bytes);
    return benchmark ? timed_plan(q, problem, graph, binding, workspace.rest) : cudnn::choose_plan(problem, {handle, {}});
  });
  cudnn::execute(handle, *plan, binding.ids, binding.pointers, workspace.rest);
}

template <class T>
Conv2dGraph graph_of(Queue& q, const Conv2dShape& shape, Conv2dPass pass, Into into = Into::kOverwrite) {
  Conv2dGraph graph;
  graph.pass = pass;
  graph.shape = shape;
  graph.bf16 = sizeof(T) == sizeof(Bf16);
  graph.tf32 = !graph.bf16 && q.cuda().rules.tf32;
  graph.deterministic = q.cuda().rules.deterministic;
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

// cuDNN has no engine from bf16 pictures to a float gradient (tests/kernels/cuda_libraries/cudnn_graphs_test.cpp): it leaves bf16,
// which is then widened. A product has its gradient in float from cuBLASLt.
void conv2d_backward_filter(Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter, Into into) {
  if (empty(q, shape, dfilter, into)) return;
  if (shape.is_product()) {
    const GemmShape product{shape.k, shape.c, shape.n * shape.h * shape.w, true, false};
    return gemm(q, product, dy, x, static_cast<const Real*>(nullptr), dfilter, into);
  }
  const int64_t size = shape.k * shape.r * shape.s * shape.c;
  const Workspace workspace(q, size * sizeof(Bf16));
  run(q, graph_of<Bf16>(q, shape, Conv2dPass::kBackwardFilter), workspace, {kConvX, kConvFilter, kConvY},
      {x, workspace.ours, dy});
  widen_into(q, size, static_cast<const Bf16*>(workspace.ours), dfilter, into);
}

}  // namespace tagloom::kernels::cuda
