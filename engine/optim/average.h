#pragma once
// Averages of a model's weights over training steps, which predict better than the weights of any one step. They are separate
// from the model, which continues to train its own weights.
//
//   EMA (Polyak)               a <- d a + (1 - d) w after every step, d = min(decay, (1 + n) / (10 + n)) for n = 0, 1 ...
//                              which quickly forgets the starting values; the first average is w
//   SWA (Izmailov et al. 2018) a <- a + (w - a) / (n + 1) after every `every` steps from step `from` on: their mean
//
// Batch norm's running statistics are averaged too, but averaged weights have different statistics: before evaluating with the
// averages in place, measure them again (measure_batch_norm_statistics(), engine/train/batch_norm_statistics.h). swap() keeps the
// result.
#include <optional>
#include <string>
#include <vector>

#include "engine/nn/module.h"
#include "engine/optim/optimizer.h"

namespace tagloom {

enum class Averaging { kNone, kEma, kSwa };
template <>
inline constexpr auto kEnumNames<Averaging> =
    names_of<Averaging>({{Averaging::kNone, "none"}, {Averaging::kEma, "ema"}, {Averaging::kSwa, "swa"}});

struct AverageOptions {
  Averaging kind = Averaging::kNone;
  double decay = 0.999;  // kEma
  double after = 0.75;   // kSwa: fraction of the run's steps before the first one averaged
  int64_t every = 0;     // kSwa: steps between two averaged ones; 0: one epoch

  void declare(SettingRows& optim);
};

// The steps included in the mean (kSwa).
struct AveragedSteps {
  int64_t from = 0;   // steps done before the first one averaged
  int64_t every = 1;  // steps between two averaged ones
};
// The last step of the run is always included; with every = 0, the last one of each epoch.
AveragedSteps averaged_steps(const AverageOptions& options, int64_t steps_per_epoch, int64_t epochs);

class WeightAverage {
 public:
  // The parameters and buffers must outlive it; an optimizer may move their memory.
  WeightAverage(std::vector<NamedParameter> parameters, std::vector<NamedBuffer> buffers, const AverageOptions& options,
                AveragedSteps steps = {});

  void update(int64_t steps_done);          // call after every step
  int64_t count() const { return count_; }  // states averaged so far; 0: swap() changes nothing

  // Exchanges the model's values and the averages; a second call restores them bit for bit.
  void swap();

  // For checkpoints, like Optimizer::state(): "average.lstm.weight_ih". If no name begins with "average.", load_state() loads
  // nothing and the average starts with the next step. Throws Error(kData), and changes nothing, if a tensor is missing or has
  // another shape.
  std::vector<OptimizerState> state() const;
  void load_state(const std::vector<OptimizerState>& tensors, int64_t count, const std::string& source);

 private:
  struct Averaged {
    std::string name;
    Parameter* parameter;  // exactly one of the two is set
    Tensor* buffer;
    Tensor average;
    const Tensor& value() const { return parameter != nullptr ? parameter->value : *buffer; }
  };

  std::vector<Averaged> averaged_;
  AverageOptions options_;
  AveragedSteps steps_;
  int64_t count_ = 0;
};

// The model has its averaged values while this object exists. Does nothing for null or an average without any states.
class AveragesInPlace {
 public:
  explicit AveragesInPlace(WeightAverage* average) : average_(average) {
    if (average_ != nullptr) average_->swap();
  }
  ~AveragesInPlace() {
    if (average_ != nullptr) average_->swap();
  }
  AveragesInPlace(const AveragesInPlace&) = delete;
  AveragesInPlace& operator=(const AveragesInPlace&) = delete;

 private:
  WeightAverage* average_;
};

}  // namespace tagloom
