#pragma once
// Measures how long a queue's work takes: by the host's clock on the CPU, by events on CUDA.
#include <memory>

#include "kernels/base/queue.h"

namespace tagloom::kernels {

class Stopwatch {
 public:
  virtual ~Stopwatch() = default;
  virtual void start() = 0;
  virtual double stop() = 0;  // waits for the work submitted since start() and returns its seconds
};

std::unique_ptr<Stopwatch> make_stopwatch(Queue& q);  // for this queue, which must outlive it

}  // namespace tagloom::kernels
