#pragma once
// A thin layer over cuDNN 9's backend API: tensors and operations form a graph, the heuristics offer engines for it, and the
// first acceptable one, or the fastest, becomes a plan. Graphs can be planned for a GPU that is not installed, from its
// properties.
#include <cudnn.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/base/error.h"
#include "kernels/base/plan_file.h"
#include "kernels/base/queue.h"
#include "kernels/cuda_libraries/engine_rules.h"

namespace tagloom::kernels::cudnn {

// Throws Error(kDevice) with cuDNN's last message.
void check(cudnnStatus_t status, const std::string& what);

// The queue's handle, created on first use, with the queue's stream.
cudnnHandle_t handle_of(Queue& q);

// Owns one backend descriptor; copies share it.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(cudnnBackendDescriptorType_t type);

  Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count, const void* values);
  Descriptor& set(cudnnBackendAttributeName_t name, int64_t value) { return set(name, CUDNN_TYPE_INT64, 1, &value); }
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<int64_t>& values) {
    return set(name, CUDNN_TYPE_INT64, static_cast<int64_t>(values.size()), values.data());
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& other);
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<Descriptor>& others);
  Descriptor& finalize(const char* what);

  explicit operator bool() const { return pointer_ != nullptr; }
  cudnnBackendDescriptor_t get() const { return static_cast<cudnnBackendDescriptor_t>(pointer_.get()); }

 private:
  std::shared_ptr<void> pointer_;
};

// A 4-d tensor in cuDNN's dimension order (N C H W, or K C R S), stored channels last. A virtual one exists only
// between the operations of its graph.
Descriptor tensor(int64_t id, cudnnDataType_t type, const int64_t (&nchw)[4], bool is_virtual = false);

struct ConvolutionWindow {
  int64_t stride, padding, dilation;
};
// The three passes share x (the picture), w (the filter) and y (the sum); the pass determines which of them is the result:
// result = pass(...) + beta * result.
enum class ConvolutionPass { kForward, kBackwardData, kBackwardFilter };
Descriptor convolution(ConvolutionPass pass, const ConvolutionWindow& window, const Descriptor& x, const Descriptor& w,
                       const Descriptor& y, float beta);

// y = mode(x), or mode(x, b) with a b, in float.
Descriptor pointwise(cudnnPointwiseMode_t mode, const Descriptor& x, const Descriptor& b, const Descriptor& y);

// sums[c] = sum of x over all dimensions but the channel c, squares[c] = the same of x^2; in float.
Descriptor statistics(const Descriptor& x, const Descriptor& sums, const Descriptor& squares);

// The GPU to plan for: a handle's, or one described by cuDNN's JSON of device properties.
struct Target {
  cudnnHandle_t handle = nullptr;
  Descriptor properties;
};
Target target_of_json(const std::string& json);

struct Plan {
  Descriptor plan;
  size_t workspace_bytes = 0;
  EngineNotes notes;
  PlanRecipe recipe;  // cuDNN's number of the engine, and its knobs
};

struct Problem {
  std::string name;  // the computation and its rules: its key in a PlanFile
  std::vector<Descriptor> operations;
  PlanRules rules;
};

// An engine that the heuristics offer, without a plan.
struct Offer {
  Descriptor configuration;
  PlanRecipe recipe;
  EngineNotes notes;
};
// All offers, best first, before the rules are applied.
std::vector<Offer> offers(const Problem& problem, const Target& target);

// Plans for the offers that the rules allow, in the order of engine_rules.h. If there is none, throws Error(kDevice) with the
// problem and the reason for which the last candidate was rejected.
std::vector<Plan> offered_plans(const Problem& problem, const Target& target, const TrialLimits& limits);
// The first of offered_plans().
Plan choose_plan(const Problem& problem, const Target& target);
// The fastest of offered_plans() by `seconds`: the plan from the file if cuDNN still accepts it, else a new one, which is stored
// in the file. A plan for which `seconds` throws Error(kDevice) is skipped. A plan that each process must compile has to be
// clearly faster.
Plan fastest_plan(const Problem& problem, const Target& target, PlanFile& file, CompileBudget& budget,
                  const std::function<double(const Plan&)>& seconds);

// Runs a plan on the handle's stream; pointers[i] is the data of the tensor ids[i].
void execute(cudnnHandle_t handle, const Plan& plan, const std::vector<int64_t>& ids, const std::vector<void*>& pointers,
             void* workspace);

}  // namespace tagloom::kernels::cudnn
