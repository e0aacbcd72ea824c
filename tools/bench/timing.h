#pragma once
// Times a call after a warm-up, and returns the median and spread of repeated samples.
#include <functional>
#include <vector>

#include "engine/core/device.h"

namespace tagloom {

struct Timing {
  double median = 0;  // seconds per call
  double spread = 0;  // (third quartile - first quartile) / median
  double least = 0;   // seconds per call
  int samples = 0;
  int64_t calls = 0;  // calls per sample; more than one for short calls
};

// Each sample is the seconds of `calls` calls.
Timing timing_of(std::vector<double> samples, int64_t calls);

// Takes at least five samples of at least two milliseconds each, and more until `seconds` have passed. Uses events in the queue on CUDA.
Timing time_calls(Device device, const std::function<void()>& call, double seconds);

}  // namespace tagloom
