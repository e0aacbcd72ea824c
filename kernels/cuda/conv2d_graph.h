#pragma once
// The cuDNN graphs of conv2d: one per shape, type and form, and the plan for each. No cuDNN header is needed to include
// this, so that a test can ask for plans for GPUs that are not there.
#include <memory>
#include <string>

#include "kernels/cnn/conv2d.h"

namespace tagloom::kernels {

enum class Conv2dPass { kForward, kBackwardData, kBackwardFilter };

struct Conv2dGraph {
  Conv2dPass pass = Conv2dPass::kForward;
  Conv2dShape shape{};
  bool bf16 = false;                                  // type of all tensors: bfloat16, else float
  bool bias = false, residual = false, relu = false;  // forward only; the latter two need a bias
  bool add = false;                                   // backward only: the result is added to what is there
  bool tf32 = false;                                  // float may be multiplied as TF32
  bool deterministic = true;                          // only engines that give the same bits each time
};

struct Conv2dPlanReport {
  int64_t engine;
  size_t workspace_bytes;
  bool runtime_compiled;
};

std::string describe(const Conv2dGraph& graph);

// Plans a graph for the GPU that cuDNN's JSON of device properties describes. Needs cuDNN, but no GPU and no driver.
// Throws Error(kDevice) where no engine takes it.
Conv2dPlanReport plan_without_device(const Conv2dGraph& graph, const std::string& device_json, size_t workspace_bytes);

}  // namespace tagloom::kernels
