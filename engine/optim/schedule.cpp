// The factor of each schedule, and the state of kPlateau.
#include "engine/optim/schedule.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "kernels/base/error.h"

namespace tagloom {

void ScheduleOptions::declare(SettingRows& optim) {
  optim.all_may_change_on_resume();
  optim.choice("schedule", kind, "How the learning rate changes; one_cycle rises and falls once, cyclic repeatedly.");
  optim.integer("warmup_iterations", warmup_iterations, count_from(0),
                "Iterations over which the learning rate first rises from 0.");
  optim.integer("step_every", step_every, count_from(1), "Epochs between two steps (schedule = \"step\").");
  optim.real("step_factor", step_factor, between(0, 1), "Factor on the learning rate at each step.");
  optim.integer("plateau_patience", plateau_patience, count_from(0),
                "Evaluations without a better value before the rate falls (schedule = \"plateau\").");
  optim.real("plateau_factor", plateau_factor, between(0, 1), "Factor on the learning rate at each plateau.");
  optim.real("cycle_up", cycle_up, between(0, 1),
             "Fraction of all iterations in which the rate rises (schedule = \"one_cycle\").");
  optim.real("cycle_divisor", cycle_divisor, at_least(1), "one_cycle starts at the learning rate divided by this.");
  optim.real("cycle_final_divisor", cycle_final_divisor, at_least(1), "one_cycle ends at its first rate divided by this.");
  optim.real("cycle_low", cycle_low, between(0, 1), "cyclic rises from this fraction of the learning rate.");
  optim.integer("cycle_up_iterations", cycle_up_iterations, count_from(1), "Iterations in which cyclic rises.");
  optim.integer("cycle_down_iterations", cycle_down_iterations, count_from(1), "Iterations in which cyclic falls.");
  optim.real("cycle_decay", cycle_decay, between(0, 1), "Factor on the height of each further cycle (cyclic).");
  optim.real("minimum_factor", minimum_factor, between(0, 1),
             "The schedule never falls below this fraction of the learning rate.");
  optim.all_may_change_on_resume(false);
}

Schedule::Schedule(const ScheduleOptions& options) : options_(options) {
  TL_CHECK(options.total_iterations > 0 && options.iterations_per_epoch > 0,
           "[schedule] a run needs at least one iteration, got {}", options.total_iterations);
  TL_CHECK(options.cycle_up_iterations > 0 && options.cycle_down_iterations > 0,
           "[schedule] a cycle rises and falls over at least one iteration each, got {} and {}", options.cycle_up_iterations,
           options.cycle_down_iterations);
  TL_CHECK(options.step_every > 0, "optim.step_every must be at least 1, got {}", options.step_every);
}

double Schedule::factor(int64_t iteration) const {
  double factor = 1;
  switch (options_.kind) {
    case ScheduleKind::kConstant:
      break;
    case ScheduleKind::kStep:
      factor =
          std::pow(options_.step_factor, static_cast<double>(iteration / options_.iterations_per_epoch / options_.step_every));
      break;
    case ScheduleKind::kPlateau:
      factor = plateau_;
      break;
    case ScheduleKind::kCosine: {
      const int64_t from = options_.warmup_iterations, length = std::max<int64_t>(1, options_.total_iterations - from);
      const double way = std::clamp(static_cast<double>(iteration - from) / static_cast<double>(length), 0.0, 1.0);
      factor = options_.minimum_factor + (1 - options_.minimum_factor) * 0.5 * (1 + std::cos(std::numbers::pi * way));
      break;
    }
    case ScheduleKind::kOneCycle:
      factor = one_cycle(static_cast<double>(iteration));
      break;
    case ScheduleKind::kCyclic:
      factor = cyclic(static_cast<double>(iteration));
      break;
  }
  factor = std::max(factor, options_.minimum_factor);
  if (iteration < options_.warmup_iterations) {
    factor *= static_cast<double>(iteration + 1) / static_cast<double>(options_.warmup_iterations);
  }
  return factor;
}

// torch.optim.lr_scheduler.OneCycleLR with two phases and cosines, scaled to a maximum of 1.
double Schedule::one_cycle(double iteration) const {
  const double total = static_cast<double>(options_.total_iterations);
  const double top = options_.cycle_up * total - 1, bottom = total - 1;
  const double low = 1 / options_.cycle_divisor, lowest = low / options_.cycle_final_divisor;
  const auto between = [](double from, double to, double way) {
    return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * std::clamp(way, 0.0, 1.0)));
  };
  if (iteration <= top) return between(low, 1, top > 0 ? iteration / top : 1);
  const double begin = std::max(top, 0.0);
  return between(1, lowest, bottom > begin ? (iteration - begin) / (bottom - begin) : 1);
}

// torch.optim.lr_scheduler.CyclicLR: "triangular" with cycle_decay = 1, "triangular2" with 1/2.
double Schedule::cyclic(double iteration) const {
  const double up = static_cast<double>(options_.cycle_up_iterations), down = static_cast<double>(options_.cycle_down_iterations);
  const double cycle = std::floor(iteration / (up + down)), at = iteration - cycle * (up + down);
  const double height = at <= up ? at / up : (up + down - at) / down;
  return options_.cycle_low + (1 - options_.cycle_low) * height * std::pow(options_.cycle_decay, cycle);
}

void Schedule::end_epoch(double loss) {
  if (loss < best_loss_) {
    best_loss_ = loss;
    stalled_ = 0;
  } else if (++stalled_ > options_.plateau_patience) {
    plateau_ = std::max(plateau_ * options_.plateau_factor, options_.minimum_factor);
    stalled_ = 0;
  }
}

std::string Schedule::state() const {
  char text[96];
  std::snprintf(text, sizeof text, "%a %a %" PRId64, plateau_, best_loss_, stalled_);
  return text;
}

void Schedule::set_state(const std::string& state) {
  int length = 0;
  const int fields = std::sscanf(state.c_str(), "%la %la %" SCNd64 "%n", &plateau_, &best_loss_, &stalled_, &length);
  const bool possible = plateau_ >= 0 && plateau_ <= 1 && !std::isnan(best_loss_) && stalled_ >= 0 && stalled_ < int64_t{1} << 53;
  TL_CHECK_AS(
      ErrorKind::kData, fields == 3 && static_cast<size_t>(length) == state.size() && possible,
      "the checkpoint's schedule is \"{}\", expected its factor, the best loss and the evaluations since: the file is damaged",
      state);
}

}  // namespace tagloom
