// Builds the cuDNN graphs of conv2d.
#include "kernels/cuda/conv2d_graph.h"

#include "kernels/cuda/conv2d_plan.h"

namespace tagloom::kernels {

std::string describe(const Conv2dGraph& graph) {
  static constexpr const char* kPasses[] = {"forward", "backward_data", "backward_filter"};
  const Conv2dShape& s = graph.shape;
  return format("conv2d_{} {}{}{}{}{} n={} h={} w={} c={} k={} r={} s={} stride={} padding={} dilation={}",
                kPasses[static_cast<int>(graph.pass)],
                graph.bf16   ? "bf16"
                : graph.tf32 ? "tf32"
                             : "fp32",
                graph.bias ? "+bias" : "", graph.residual ? "+residual" : "", graph.relu ? "+relu" : "", graph.add ? "+add" : "",
                s.n, s.h, s.w, s.c, s.k, s.r, s.s, s.stride, s.padding, s.dilation);
}

cudnn::Plan plan_conv2d(const Conv2dGraph& graph, const cudnn::Target& target, size_t workspace_bytes) {
  using cudnn::pointwise;
  using cudnn::tensor;
  const Conv2dShape& s = graph.shape;
  const int64_t p = s.p(), q = s.q();
  const cudnnDataType_t type = graph.bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  const cudnn::ConvolutionWindow window{s.stride, s.padding, s.dilation};
  TL_CHECK_AS(ErrorKind::kInternal, graph.bias || !(graph.residual || graph.relu),
              "[conv2d] cuDNN has no precompiled engine for a residual or an activation without a bias");

  const auto x = tensor(kConvX, type, {s.n, s.c, s.h, s.w});
  const auto filter = tensor(kConvFilter, type, {s.k, s.c, s.r, s.s});
  const auto y = tensor(kConvY, type, {s.n, s.k, p, q});
  int64_t next_id = kConvFirstVirtual;
  const auto between = [&] { return tensor(next_id++, CUDNN_DATA_FLOAT, {s.n, s.k, p, q}, true); };

  std::vector<cudnn::Descriptor> operations;
  if (graph.pass == Conv2dPass::kForward) {
    // cuDNN's precompiled engines take exactly: convolution, add the residual, add the bias, activation.
    auto last = graph.bias ? between() : y;
    operations.push_back(cudnn::convolution(cudnn::ConvolutionPass::kForward, window, x, filter, last, 0.0f));
    if (graph.residual) {
      const auto sum = between();
      operations.push_back(pointwise(CUDNN_POINTWISE_ADD, last, tensor(kConvResidual, type, {s.n, s.k, p, q}), sum));
      last = sum;
    }
    if (graph.bias) {
      const auto sum = graph.relu ? between() : y;
      operations.push_back(pointwise(CUDNN_POINTWISE_ADD, last, tensor(kConvBias, type, {1, s.k, 1, 1}), sum));
      last = sum;
    }
    if (graph.relu) operations.push_back(pointwise(CUDNN_POINTWISE_RELU_FWD, last, {}, y));
  } else {
    const auto pass =
        graph.pass == Conv2dPass::kBackwardData ? cudnn::ConvolutionPass::kBackwardData : cudnn::ConvolutionPass::kBackwardFilter;
    operations.push_back(cudnn::convolution(pass, window, x, filter, y, graph.add ? 1.0f : 0.0f));
  }
  return cudnn::choose_plan(describe(graph), target, operations,
                            {workspace_bytes, graph.bf16 || graph.tf32, graph.deterministic});
}

Conv2dPlanReport plan_without_device(const Conv2dGraph& graph, const std::string& device_json, size_t workspace_bytes) {
  const cudnn::Plan plan = plan_conv2d(graph, cudnn::target_of_json(device_json), workspace_bytes);
  return {plan.engine, plan.workspace_bytes, plan.runtime_compiled};
}

}  // namespace tagloom::kernels
