#pragma once
// The cuDNN graphs of conv2d, one per shape, type and form, and their plans. Includes no cuDNN header, so that tests can request
// plans for GPUs that are not installed.
#include <functional>
#include <string>
#include <vector>

#include "kernels/base/plan_file.h"
#include "kernels/cnn/conv2d.h"
#include "kernels/cuda_libraries/engine_rules.h"

namespace tagloom::kernels {

enum class Conv2dPass { kForward, kBackwardData, kBackwardFilter };

struct Conv2dGraph {
  Conv2dPass pass = Conv2dPass::kForward;
  Conv2dShape shape{};
  bool bf16 = false;                                  // type of all tensors: bfloat16, else float
  bool float_filter = false;                          // the filter is float even so
  bool bias = false, residual = false, relu = false;  // forward only; the latter two need a bias
  bool statistics = false;                            // forward only, of y: sums and sums of squares of each channel, in float
  bool add = false;                                   // backward only: the result is added to its destination
  bool tf32 = false;                                  // float products may run as TF32
  bool deterministic = true;                          // only engines that give the same bits each time
};

struct Conv2dPlanReport {
  PlanRecipe recipe;
  size_t workspace_bytes;
  cudnn::EngineNotes notes;
};

std::string describe(const Conv2dGraph& graph);
std::string plan_name(const Conv2dGraph& graph, size_t workspace_bytes);  // the graph and the rules: its key in a PlanFile

// Plans a graph for the GPU that cuDNN's JSON of device properties describes. Needs cuDNN, but no GPU and no driver.
// Throws Error(kDevice) if no engine supports it.
Conv2dPlanReport plan_without_device(const Conv2dGraph& graph, const std::string& device_json, size_t workspace_bytes);
// At most `most` plans, in the order of cuDNN's heuristics.
std::vector<Conv2dPlanReport> plans_without_device(const Conv2dGraph& graph, const std::string& device_json,
                                                   size_t workspace_bytes, size_t most);
// The offers of cuDNN's heuristics before the rules are applied; their workspace is not yet determined.
std::vector<Conv2dPlanReport> offers_without_device(const Conv2dGraph& graph, const std::string& device_json);
// The plan that conv2d chooses with QueueRules::benchmark; `seconds` replaces the clock.
Conv2dPlanReport fastest_without_device(const Conv2dGraph& graph, const std::string& device_json, size_t workspace_bytes,
                                        PlanFile& file, cudnn::CompileBudget& budget,
                                        const std::function<double(const Conv2dPlanReport&)>& seconds);

}  // namespace tagloom::kernels
