// Builds the cuDNN graphs of conv2d.
#include "kernels/cuda_libraries/conv2d_graph.h"

#include "kernels/cuda_libraries/conv2d_plan.h"

namespace tagloom::kernels {

std::string describe(const Conv2dGraph& graph) {
  static constexpr const char* kPasses[] = {"forward", "backward_data", "backward_filter"};
  const Conv2dShape& s = graph.shape;
  return format("conv2d_{} {}{}{}{}{}{}{} n={} h={} w={} c={} k={} r={} s={} stride={} padding={} dilation={}{}",
                kPasses[static_cast<int>(graph.pass)],
                graph.bf16   ? "bf16"
                : graph.tf32 ? "tf32"
                             : "fp32",
                graph.float_filter ? "+float_filter" : "", graph.bias ? "+bias" : "", graph.residual ? "+residual" : "",
                graph.relu ? "+relu" : "", graph.statistics ? "+statistics" : "", graph.add ? "+add" : "", s.n, s.h, s.w, s.c,
                s.k, s.r, s.s, s.stride, s.padding, s.dilation, s.groups > 1 ? format(" groups={}", s.groups) : "");
}

std::string plan_name(const Conv2dGraph& graph, size_t workspace_bytes) {
  return describe(graph) + format("{} workspace={}MiB", graph.deterministic ? "" : " any", workspace_bytes >> 20);
}

cudnn::Problem conv2d_problem(const Conv2dGraph& graph, size_t workspace_bytes) {
  using cudnn::pointwise;
  using cudnn::tensor;
  const Conv2dShape& s = graph.shape;
  const int64_t p = s.p(), q = s.q();
  const cudnnDataType_t type = graph.bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  const cudnn::ConvolutionWindow window{s.stride, s.padding, s.dilation};
  TL_CHECK_AS(ErrorKind::kInternal, graph.bias || !(graph.residual || graph.relu),
              "[conv2d] cuDNN has no precompiled engine for a residual or an activation without a bias");

  const auto x = tensor(kConvX, type, {s.n, s.c, s.h, s.w});
  // cuDNN derives the groups from the channels of the picture and of the filter.
  const auto filter = tensor(kConvFilter, graph.float_filter ? CUDNN_DATA_FLOAT : type, {s.k, s.filter_c(), s.r, s.s});
  const auto y = tensor(kConvY, type, {s.n, s.k, p, q});
  int64_t next_id = kConvFirstVirtual;
  const auto between = [&] { return tensor(next_id++, CUDNN_DATA_FLOAT, {s.n, s.k, p, q}, true); };

  std::vector<cudnn::Descriptor> operations;
  if (graph.pass == Conv2dPass::kForward) {
    // cuDNN's precompiled engines require this order: convolution, add the residual, add the bias, activation.
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
    if (graph.statistics) {
      operations.push_back(cudnn::statistics(y, tensor(kConvSums, CUDNN_DATA_FLOAT, {1, s.k, 1, 1}),
                                             tensor(kConvSquares, CUDNN_DATA_FLOAT, {1, s.k, 1, 1})));
    }
  } else {
    const auto pass =
        graph.pass == Conv2dPass::kBackwardData ? cudnn::ConvolutionPass::kBackwardData : cudnn::ConvolutionPass::kBackwardFilter;
    operations.push_back(cudnn::convolution(pass, window, x, filter, y, graph.add ? 1.0f : 0.0f));
  }
  return {plan_name(graph, workspace_bytes), operations, {workspace_bytes, graph.bf16 || graph.tf32, graph.deterministic}};
}

namespace {

Conv2dPlanReport report_of(const cudnn::Plan& plan) { return {plan.recipe, plan.workspace_bytes, plan.notes}; }

}  // namespace

std::vector<Conv2dPlanReport> plans_without_device(const Conv2dGraph& graph, const std::string& device_json,
                                                   size_t workspace_bytes, size_t most) {
  std::vector<Conv2dPlanReport> reports;
  const cudnn::Problem problem = conv2d_problem(graph, workspace_bytes);
  for (const cudnn::Plan& plan : cudnn::offered_plans(problem, cudnn::target_of_json(device_json), {.most = most}))
    reports.push_back(report_of(plan));
  return reports;
}

Conv2dPlanReport plan_without_device(const Conv2dGraph& graph, const std::string& device_json, size_t workspace_bytes) {
  return plans_without_device(graph, device_json, workspace_bytes, 1).front();
}

std::vector<Conv2dPlanReport> offers_without_device(const Conv2dGraph& graph, const std::string& device_json) {
  std::vector<Conv2dPlanReport> reports;
  for (const cudnn::Offer& offer : cudnn::offers(conv2d_problem(graph, 0), cudnn::target_of_json(device_json)))
    reports.push_back({offer.recipe, 0, offer.notes});
  return reports;
}

Conv2dPlanReport fastest_without_device(const Conv2dGraph& graph, const std::string& device_json, size_t workspace_bytes,
                                        PlanFile& file, cudnn::CompileBudget& budget,
                                        const std::function<double(const Conv2dPlanReport&)>& seconds) {
  return report_of(cudnn::fastest_plan(conv2d_problem(graph, workspace_bytes), cudnn::target_of_json(device_json), file, budget,
                                       [&](const cudnn::Plan& plan) { return seconds(report_of(plan)); }));
}

}  // namespace tagloom::kernels
