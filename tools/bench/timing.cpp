// Chooses the number of calls per sample and takes the samples.
#include "tools/bench/timing.h"

#include <algorithm>
#include <cmath>

#include "kernels/base/error.h"
#include "kernels/base/stopwatch.h"

namespace tagloom {
namespace {

// The quantile at `part`, with linear interpolation.
double quantile(const std::vector<double>& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Timing timing_of(std::vector<double> samples, int64_t calls) {
  TL_CHECK_AS(ErrorKind::kInternal, !samples.empty() && calls > 0, "[timing] there is nothing to summarise");
  for (double& sample : samples) sample /= static_cast<double>(calls);
  std::sort(samples.begin(), samples.end());
  const double median = quantile(samples, 0.5);
  return {.median = median,
          .spread = median > 0 ? (quantile(samples, 0.75) - quantile(samples, 0.25)) / median : 0,
          .least = samples.front(),
          .samples = static_cast<int>(samples.size()),
          .calls = calls};
}

Timing time_calls(Device device, const std::function<void()>& call, double seconds) {
  constexpr double kSampleSeconds = 2e-3;
  constexpr size_t kLeastSamples = 5, kMostSamples = 200;
  constexpr int64_t kMostCalls = 10000;
  const auto stopwatch = kernels::make_stopwatch(device.queue());
  const auto timed = [&](int64_t calls) {
    stopwatch->start();
    for (int64_t i = 0; i < calls; ++i) call();
    return stopwatch->stop();
  };
  timed(1);  // warm-up: plans, caches, clocks
  const double one = std::max(std::min({timed(1), timed(1), timed(1)}), 1e-9);
  const int64_t calls = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(kSampleSeconds / one)), 1, kMostCalls);
  if (calls > 1) timed(calls);
  std::vector<double> samples;
  for (double spent = 0; samples.size() < kLeastSamples || (spent < seconds && samples.size() < kMostSamples);) {
    samples.push_back(timed(calls));
    spent += samples.back();
  }
  return timing_of(std::move(samples), calls);
}

}  // namespace tagloom
