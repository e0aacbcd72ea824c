#pragma once
// Learning-rate schedules: a factor on every learning rate, as a function of the iteration and the validation loss.
#include <cstdint>
#include <limits>
#include <string>

#include "engine/settings/setting_table.h"

namespace tagloom {

enum class ScheduleKind {
  kConstant,
  kStep,      // multiplied by step_factor after every step_every epochs
  kPlateau,   // multiplied by plateau_factor when the loss has not fallen for more than plateau_patience evaluations
  kCosine,    // from 1 to minimum_factor over all iterations, half a cosine
  kOneCycle,  // half a cosine up from 1 / cycle_divisor, another down to 1 / (cycle_divisor cycle_final_divisor) (Smith 2018)
  kCyclic,    // up from cycle_low to 1 and down again in straight lines, over and over (Smith 2017)
};
template <>
inline constexpr auto kEnumNames<ScheduleKind> = names_of<ScheduleKind>({{ScheduleKind::kConstant, "constant"},
                                                                         {ScheduleKind::kStep, "step"},
                                                                         {ScheduleKind::kPlateau, "plateau"},
                                                                         {ScheduleKind::kCosine, "cosine"},
                                                                         {ScheduleKind::kOneCycle, "one_cycle"},
                                                                         {ScheduleKind::kCyclic, "cyclic"}});

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::kConstant;
  int64_t total_iterations = 1;  // of the run; like the next one, not a setting
  int64_t iterations_per_epoch = 1;
  int64_t warmup_iterations = 0;  // linear from 1/warmup to 1, before every kind
  int64_t step_every = 10;
  double step_factor = 0.1;
  int64_t plateau_patience = 3;
  double plateau_factor = 0.5;
  double cycle_up = 0.3;                 // kOneCycle: fraction of all iterations in which the rate rises
  double cycle_divisor = 25;             // kOneCycle
  double cycle_final_divisor = 1e4;      // kOneCycle
  double cycle_low = 0.1;                // kCyclic
  int64_t cycle_up_iterations = 2000;    // kCyclic
  int64_t cycle_down_iterations = 2000;  // kCyclic
  double cycle_decay = 1;                // kCyclic: factor on the height of each further cycle
  double minimum_factor = 0;             // lower limit of every kind

  void declare(SettingRows& optim);
};

class Schedule {
 public:
  explicit Schedule(const ScheduleOptions& options);  // throws Error(kUsage) for invalid settings
  double factor(int64_t iteration) const;
  void end_epoch(double loss);  // for kPlateau: the validation loss if there is one, else the training loss

  std::string state() const;                 // for a checkpoint; restores the same bits
  void set_state(const std::string& state);  // throws Error(kData)

 private:
  double one_cycle(double iteration) const;
  double cyclic(double iteration) const;

  ScheduleOptions options_;
  double plateau_ = 1;  // the product of plateau_factor so far
  double best_loss_ = std::numeric_limits<double>::infinity();
  int64_t stalled_ = 0;
};

}  // namespace tagloom
