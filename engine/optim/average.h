#pragma once
// Averages of a model's values over its steps, which predict better than those of any one step. They are kept beside the model; it
// goes on training with its own.
//
//   EMA (Polyak)               a <- d a + (1 - d) w after every step, d = min(decay, (1 + n) / (10 + n)) at the n-th, n = 0, 1 ...
//                              so that the starting values are soon forgotten; the first one is w itself
//   SWA (Izmailov et al. 2018) a <- a + (w - a) / (n + 1) after every `every` steps from step `from` on: their mean
//
// Running statistics of batch norm are averaged likewise, but the activations of averaged weights have others: whoever evaluates
// with the averages in place measures them again first (measure_batch_norm_statistics(), engine/train/batch_norm_statistics.h). swap() keeps what came out.
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
  double after = 0.75;   // kSwa: fraction of the run's steps before the first one that counts
  int64_t every = 0;     // kSwa: steps between two that count; 0: an epoch

  void declare(SettingRows& optim);
};

// The steps that count in a mean (kSwa).
struct AveragedSteps {
  int64_t from = 0;   // steps done before the first one that counts
  int64_t every = 1;  // steps between two that count
};
// The last step of the run always counts; with every = 0 the last one of each epoch.
AveragedSteps averaged_steps(const AverageOptions& options, int64_t steps_per_epoch, int64_t epochs);

class WeightAverage {
 public:
  // The parameters and buffers must outlive it; an optimizer may re-house them meanwhile.
  WeightAverage(std::vector<NamedParameter> parameters, std::vector<NamedBuffer> buffers, const AverageOptions& options,
                AveragedSteps steps = {});

  void update(int64_t steps_done);          // after every step
  int64_t count() const { return count_; }  // of the states that it is an average of; 0: swap() changes nothing

  // Exchanges the model's values and the averages; a second call exchanges them back, to the bit.
  void swap();

  // For a checkpoint, as Optimizer::state(): "average.lstm.weight_ih". load_state() takes nothing where no name begins with
  // "average.": the average then starts with the next step. Throws Error(kData), and changes nothing, where one is missing or does
  // not fit.
  std::vector<OptimizerState> state() const;
  void load_state(const std::vector<OptimizerState>& tensors, int64_t count, const std::string& source);

 private:
  struct Averaged {
    std::string name;
    Parameter* parameter;  // one of both
    Tensor* buffer;
    Tensor average;
    const Tensor& value() const { return parameter != nullptr ? parameter->value : *buffer; }
  };

  std::vector<Averaged> averaged_;
  AverageOptions options_;
  AveragedSteps steps_;
  int64_t count_ = 0;
};

// The model has its averages while this lives. Of null, and of an average that has not begun: nothing happens.
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
