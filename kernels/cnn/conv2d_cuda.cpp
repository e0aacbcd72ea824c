// conv2d by cuDNN's graph API.
#include <algorithm>
#include <array>
#include <mutex>

#include "kernels/base/device_twins.h"
#include "kernels/cnn/conv2d.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda_libraries/conv2d_plan.h"
#include "kernels/cuda_libraries/timed_choice.h"
#include "kernels/linear/gemm.h"
#include "kernels/math/widen_into.h"

namespace tagloom::kernels::cuda {
namespace {

// Splits the queue's workspace: `bytes` for this file, the rest for cuDNN.
struct Workspace {
  void* ours;
  void* rest;
  size_t rest_bytes;

  Workspace(Queue& q, size_t bytes) {
    const CudaContext& context = q.cuda();
    const size_t taken = (bytes + 255) / 256 * 256;
    TL_CHECK_AS(ErrorKind::kDevice, taken <= context.workspace_bytes,
                "[conv2d] needs {} KiB of workspace in addition to cuDNN's, the queue has {} KiB", taken >> 10,
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

// dfilter = dy' x: sums over all pixels.
GemmShape filter_product(const Conv2dShape& s) { return {s.k, s.c, s.n * s.h * s.w, true, false}; }

// The tensor that a pass writes.
int64_t result_id(const Conv2dGraph& graph) {
  return graph.pass == Conv2dPass::kForward ? kConvY : graph.pass == Conv2dPass::kBackwardData ? kConvX : kConvFilter;
}

size_t result_bytes(const Conv2dGraph& graph) {
  const Conv2dShape& s = graph.shape;
  const int64_t count = graph.pass == Conv2dPass::kForward        ? s.n * s.p() * s.q() * s.k
                        : graph.pass == Conv2dPass::kBackwardData ? s.n * s.h * s.w * s.c
                                                                  : s.k * s.r * s.s * s.filter_c();
  return count * (graph.bf16 ? sizeof(Bf16) : sizeof(float));
}

// Keeps a run-time compiled plan forever: recordings may hold its kernels, which the plan owns.
const cudnn::Plan& keep(const cudnn::Plan& plan) {
  static std::mutex mutex;
  static auto& compiled = *new std::vector<cudnn::Plan>;
  const std::lock_guard lock(mutex);
  if (plan.notes.runtime_compiled) compiled.push_back(plan);
  return plan;
}

// The fastest engine for these tensors. Timed results go to scratch memory, because the real result may be added to.
cudnn::Plan timed_plan(Queue& q, const cudnn::Problem& problem, const Conv2dGraph& graph, const Binding& binding, void* scratch) {
  static double compile_seconds = 0;  // spent by this process so far; guarded by the lock of the plan cache
  const cudnnHandle_t handle = cudnn::handle_of(q);
  SpareResult result(q, result_bytes(graph));
  const auto seconds = [&](const cudnn::Plan& plan) {
    Binding spare = binding;
    for (size_t i = 0; i < spare.ids.size(); ++i) {
      if (spare.ids[i] == result_id(graph)) spare.pointers[i] = result.data();
    }
    return least_seconds(q, [&] { cudnn::execute(handle, plan, spare.ids, spare.pointers, scratch); });
  };
  PlanFile& file = plan_file(q);
  const double whole = q.cuda().rules.compile_seconds;
  cudnn::CompileBudget budget{whole - compile_seconds};
  const cudnn::Plan plan = cudnn::fastest_plan(problem, {handle, {}}, file, budget, seconds);
  compile_seconds = whole - budget.seconds_left;
  warn_of(file);
  return plan;
}

void run(Queue& q, const Conv2dGraph& graph, const Workspace& workspace, const std::vector<int64_t>& ids,
         const std::vector<const void*>& tensors) {
  using Key = std::array<int64_t, 21>;
  // Never destroyed: at exit the driver may shut down before the plans.
  static auto& cache = *new TimedCache<Key, cudnn::Plan>;
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
                s.groups,
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
  Binding binding{ids, {}};
  for (const void* tensor : tensors) binding.pointers.push_back(const_cast<void*>(tensor));
  const auto problem = [&] { return conv2d_problem(graph, workspace.rest_bytes); };
  const auto plan = timed_or_chosen<Key, cudnn::Plan>(
      q, cache, key, [&] { return keep(timed_plan(q, problem(), graph, binding, workspace.rest)); },
      [&] {
        return keep(cudnn::choose_plan(problem(), {handle, {}}));
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
  // cuDNN's fused engines need a bias: zeros if there is none.
  const size_t zeros = graph.bias && bias == nullptr ? shape.k * sizeof(T) : 0;
  const Workspace workspace(q, zeros);
  if (zeros > 0) {
    cuda::zero_bytes(q, workspace.ours, zeros);
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

// The two ways to compute a filter's gradient; a cuBLASLt product requires is_product().
enum class FilterGradientWay : int64_t { kConvolution, kProduct };

void filter_gradient(Queue& q, FilterGradientWay way, const Conv2dShape& shape, const Real* x, const Real* dy, Real* dfilter,
                     Into into) {
  if (way == FilterGradientWay::kProduct)
    return gemm(q, filter_product(shape), dy, x, static_cast<const Real*>(nullptr), dfilter, into);
  run(q, graph_of<Real>(q, shape, Conv2dPass::kBackwardFilter, into), Workspace(q, 0), {kConvX, kConvFilter, kConvY},
      {x, dfilter, dy});
}

// cuDNN has no engine from bf16 pictures to a float gradient (tests/kernels/cuda_libraries/cudnn_graphs_test.cpp): its bf16
// result is widened. cuBLASLt writes a product's gradient in float.
void filter_gradient(Queue& q, FilterGradientWay way, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter,
                     Into into) {
  if (way == FilterGradientWay::kProduct)
    return gemm(q, filter_product(shape), dy, x, static_cast<const Real*>(nullptr), dfilter, into);
  const int64_t size = shape.k * shape.r * shape.s * shape.filter_c();
  const Workspace workspace(q, size * sizeof(Bf16));
  run(q, graph_of<Bf16>(q, shape, Conv2dPass::kBackwardFilter), workspace, {kConvX, kConvFilter, kConvY},
      {x, workspace.ours, dy});
  widen_into(q, size, static_cast<const Bf16*>(workspace.ours), dfilter, into);
}

// The faster way, each with its fastest engine or algorithm; stored in the plan file as an engine number.
template <class T>
FilterGradientWay faster_way(Queue& q, const Conv2dShape& shape, const T* x, const T* dy, Into into) {
  const Conv2dGraph graph = graph_of<T>(q, shape, Conv2dPass::kBackwardFilter, into);
  const std::string name = "way of " + plan_name(graph, q.cuda().workspace_bytes);
  PlanFile& file = plan_file(q);
  const auto known = file.find(name);
  if (known && (known->engine == 0 || known->engine == 1)) return static_cast<FilterGradientWay>(known->engine);
  SpareResult dfilter(q, shape.k * shape.c * sizeof(Real));
  PlanRecipe best;
  for (const FilterGradientWay way : {FilterGradientWay::kConvolution, FilterGradientWay::kProduct}) {
    const double seconds =
        least_seconds(q, [&] { filter_gradient(q, way, shape, x, dy, static_cast<Real*>(dfilter.data()), into); });
    if (best.engine < 0 || seconds < best.seconds) best = {.engine = static_cast<int64_t>(way), .seconds = seconds};
  }
  file.put(name, best);
  warn_of(file);
  return static_cast<FilterGradientWay>(best.engine);
}

// Without timing, a bf16 product uses cuBLASLt, which does not round the gradient; everything else uses cuDNN.
template <class T>
FilterGradientWay way_of(Queue& q, const Conv2dShape& shape, const T* x, const T* dy, Into into) {
  if (!shape.is_product()) return FilterGradientWay::kConvolution;
  using Key = std::array<int64_t, 10>;
  static auto& cache = *new TimedCache<Key, FilterGradientWay>;
  const CudaContext& context = q.cuda();
  const Key key{shape.n,
                shape.h,
                shape.w,
                shape.c,
                shape.k,
                int64_t(into),
                context.rules.tf32,
                context.rules.deterministic,
                context.device,
                int64_t(context.workspace_bytes)};
  return *timed_or_chosen<Key, FilterGradientWay>(
      q, cache, key, [&] { return faster_way(q, shape, x, dy, into); },
      [] { return sizeof(T) == sizeof(Bf16) ? FilterGradientWay::kProduct : FilterGradientWay::kConvolution; });
}

template <class T>
void backward_filter(Queue& q, const Conv2dShape& shape, const T* x, const T* dy, Real* dfilter, Into into) {
  shape.check();
  if (shape.n > 0) return filter_gradient(q, way_of(q, shape, x, dy, into), shape, x, dy, dfilter, into);
  const size_t bytes = shape.k * shape.r * shape.s * shape.filter_c() * sizeof(Real);
  if (into == Into::kOverwrite) cuda::zero_bytes(q, dfilter, bytes);  // the gradient of an empty batch is 0
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
  backward_filter(q, shape, x, dy, dfilter, into);
}

void conv2d_backward_filter(Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter, Into into) {
  backward_filter(q, shape, x, dy, dfilter, into);
}

}  // namespace tagloom::kernels::cuda
