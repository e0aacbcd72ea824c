#pragma once
// How long a call takes: warmed up, repeated, median and spread.
#include <functional>
#include <vector>

#include "engine/core/device.h"

namespace tagloom {

struct Timing {
  double median = 0;  // seconds a call
  double spread = 0;  // (third quartile - first quartile) / median
  double least = 0;   // seconds a call
  int samples = 0;
  int64_t calls = 0;  // in a sample: short calls are timed many at once
};

// Of samples that are seconds of `calls` calls each.
Timing timing_of(std::vector<double> samples, int64_t calls);

// At least five samples of at least two milliseconds each, until `seconds` have passed. On CUDA between events in the queue.
Timing time_calls(Device device, const std::function<void()>& call, double seconds);

}  // namespace tagloom
