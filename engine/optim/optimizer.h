#pragma once
// Optimizers over flat memory: each group's parameters are moved to one array of values and one of gradients, so a step is one
// kernel per group and zero_grad() one fill. If a group is multiplied in bfloat16, the same kernel writes its rounded values to a
// third array, which Parameter::rounded views.
//
//   Adam optimizer({{.name = "head", .parameters = head.named_parameters(), .learning_rate = 5e-4}}, {}, {.clip_norm = 5});
//   optimizer.zero_grad();  tape.backward(loss);  optimizer.step(schedule.factor(iteration), iteration);
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/mirror.h"
#include "engine/nn/module.h"
#include "engine/settings/setting_table.h"
#include "kernels/optim/gradient_rule.h"

namespace tagloom {

struct ParameterGroup {
  std::string name;
  // Parameters with trainable == false are left out, unless active_from > 0: then the model unfreezes them later.
  std::vector<NamedParameter> parameters{};
  double learning_rate = 1e-3;
  double weight_decay = 0;  // L2 added to the gradient, or decoupled (AdamW), depending on the optimizer
  double clip_value = 0;    // clamps each element of the gradient to [-clip_value, clip_value]; 0: off
  bool rounded = false;     // also keep the values in bfloat16
  int64_t active_from = 0;  // before this iteration the group is not updated, nor counted in the norm

  void declare(SettingRows& optim);  // learning_rate, weight_decay, clip_value
};

struct GradientClipping {
  double clip_norm = 0;  // limit on the norm over all active groups; 0: off
  void declare(SettingRows& optim);
};

// Results of a step, copied from the device.
struct StepOutcome {
  double loss = 0, norm = 0;  // norm: of the gradient before clipping
  bool taken = false;         // both are finite; otherwise weights and state are unchanged
};

// A tensor of the optimizer's state, named for checkpoints: "optimizer.head.exp_avg".
struct OptimizerState {
  std::string name;
  Tensor tensor;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void zero_grad();
  // One step with every learning rate times `factor`. Returns the norm of the gradient before clipping; if it is not finite,
  // weights and state are unchanged.
  double step(double factor, int64_t iteration);
  double step() { return step(1, std::numeric_limits<int64_t>::max()); }  // no schedule, all groups active

  // step() in three parts. begin_step() copies the values that change to the device. queue_step() only submits work to the queue,
  // the same in every step while the same groups are active, so it can be recorded and repeated (kernels/base/recording.h).
  void begin_step(double factor, int64_t iteration);
  void queue_step(const Real* loss = nullptr);  // [1], on the device; null: 0
  StepOutcome end_step();                       // waits for the queue
  std::vector<bool> active_groups() const;      // the groups that the step updates
  const uint64_t* step_number() const;          // device memory with the iteration of begin_step()

  double learning_rate() const { return groups_.front().group.learning_rate; }

  // Everything a checkpoint needs in addition to the weights. The tensors share memory with the optimizer.
  std::vector<OptimizerState> state() const;
  // Reads state() back; `source` is the file's name. Names that do not begin with "optimizer." are ignored. Throws Error(kData),
  // and changes nothing, if a name is missing or unknown or a tensor has another shape or type.
  void load_state(const std::vector<OptimizerState>& tensors, const std::string& source);
  std::vector<int64_t> steps_taken() const;  // one per group (Adam's t)
  void set_steps_taken(const std::vector<int64_t>& steps);

 protected:
  struct FlatGroup {
    ParameterGroup group;
    Tensor values, gradients;    // Real [n]
    Tensor rounded;              // Bf16 [n] if the group has it
    std::vector<Tensor> memory;  // Real [n] each
    int64_t steps = 0;
    bool active = false;  // in the current step
    int64_t count() const { return values.count(); }
    Bf16* copy() const { return rounded.defined() ? rounded.data<Bf16>() : nullptr; }
  };

  // `memory_names`: the state that the rule keeps for each weight; `initial`: its initial values.
  Optimizer(std::vector<ParameterGroup> groups, GradientClipping clipping, std::vector<std::string> memory_names,
            std::vector<Real> initial);
  // Writes the rule's struct for the group's next step; step_group() gets a pointer to its copy on the device.
  virtual void write_rule(const FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, void* to) const = 0;
  virtual void step_group(const FlatGroup& group, const void* rule, const Real* factor) = 0;
  virtual bool decoupled_decay() const { return false; }

 private:
  size_t rule_offset(size_t group) const;
  size_t results_offset() const;

  std::vector<FlatGroup> groups_;
  GradientClipping clipping_;
  std::vector<std::string> memory_names_;
  std::unique_ptr<Mirror> values_;  // the step's number, the groups' rules, and the results
};

struct SgdOptions {
  double momentum = 0.9;
  bool nesterov = false;
  void declare(SettingRows& optim);
};
class Sgd : public Optimizer {
 public:
  Sgd(std::vector<ParameterGroup> groups, SgdOptions options, GradientClipping clipping = {});

 private:
  void write_rule(const FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, void* to) const override;
  void step_group(const FlatGroup& group, const void* rule, const Real* factor) override;
  SgdOptions options_;
};

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  bool decoupled_decay = false;  // true: AdamW; not a setting
  void declare(SettingRows& optim);
};
class Adam : public Optimizer {
 public:
  Adam(std::vector<ParameterGroup> groups, AdamOptions options, GradientClipping clipping = {});

 private:
  void write_rule(const FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, void* to) const override;
  void step_group(const FlatGroup& group, const void* rule, const Real* factor) override;
  bool decoupled_decay() const override { return options_.decoupled_decay; }
  AdamOptions options_;
};

struct RmsPropOptions {
  double decay = 0.9, momentum = 0.9, epsilon = 1e-8;  // epsilon is inside the root
  double initial_mean_square = 0;                      // 1 in TensorFlow
  void declare(SettingRows& optim);
};
class RmsProp : public Optimizer {
 public:
  RmsProp(std::vector<ParameterGroup> groups, RmsPropOptions options, GradientClipping clipping = {});

 private:
  void write_rule(const FlatGroup& group, double learning_rate, const kernels::GradientRule& rule, void* to) const override;
  void step_group(const FlatGroup& group, const void* rule, const Real* factor) override;
  RmsPropOptions options_;
};

enum class OptimizerKind { kSgd, kAdam, kAdamW, kRmsProp };
template <>
inline constexpr auto kEnumNames<OptimizerKind> = names_of<OptimizerKind>({{OptimizerKind::kSgd, "sgd"},
                                                                           {OptimizerKind::kAdam, "adam"},
                                                                           {OptimizerKind::kAdamW, "adamw"},
                                                                           {OptimizerKind::kRmsProp, "rmsprop"}});

// One of them, with its own options.
struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kAdamW;
  SgdOptions sgd;
  AdamOptions adam;
  RmsPropOptions rms_prop;
  GradientClipping clipping;

  void declare(SettingRows& optim);
  std::unique_ptr<Optimizer> make(std::vector<ParameterGroup> groups) const;
};

}  // namespace tagloom
