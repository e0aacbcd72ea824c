#include "engine/optim/schedule.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "kernels/base/error.h"

namespace tagloom {

Schedule::Schedule(const ScheduleOptions& options) : options_(options) {
  TL_CHECK(options.total_iterations > 0 && options.iterations_per_epoch > 0,
           "[schedule] a run needs at least one iteration, got {}", options.total_iterations);
  TL_CHECK(options.step_every > 0, "optim.step_every is {}: it must be at least 1", options.step_every);
}

double Schedule::factor(int64_t iteration) const {
  double factor = 1;
  switch (options_.kind) {
    case ScheduleOptions::Kind::kConstant:
      break;
    case ScheduleOptions::Kind::kStep:
      factor =
          std::pow(options_.step_factor, static_cast<double>(iteration / options_.iterations_per_epoch / options_.step_every));
      break;
    case ScheduleOptions::Kind::kPlateau:
      factor = plateau_;
      break;
    case ScheduleOptions::Kind::kCosine: {
      const int64_t from = options_.warmup_iterations, length = std::max<int64_t>(1, options_.total_iterations - from);
      const double way = std::clamp(static_cast<double>(iteration - from) / static_cast<double>(length), 0.0, 1.0);
      factor = options_.minimum_factor + (1 - options_.minimum_factor) * 0.5 * (1 + std::cos(std::numbers::pi * way));
      break;
    }
  }
  factor = std::max(factor, options_.minimum_factor);
  if (iteration < options_.warmup_iterations) {
    factor *= static_cast<double>(iteration + 1) / static_cast<double>(options_.warmup_iterations);
  }
  return factor;
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
  TL_CHECK_AS(ErrorKind::kData, std::sscanf(state.c_str(), "%la %la %" SCNd64, &plateau_, &best_loss_, &stalled_) == 3,
              "the checkpoint's schedule is \"{}\": it should be three numbers", state);
}

}  // namespace tagloom
