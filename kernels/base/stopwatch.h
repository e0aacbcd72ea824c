#pragma once
// How long the work given to a queue takes: the clock of the CPU, events in a CUDA stream.
#include <memory>

#include "kernels/base/queue.h"

namespace tagloom::kernels {

class Stopwatch {
 public:
  virtual ~Stopwatch() = default;
  virtual void start() = 0;
  virtual double stop() = 0;  // seconds from start() to the end of the work given since; waits for it
};

std::unique_ptr<Stopwatch> make_stopwatch(Queue& q);  // for this queue, which must outlive it

}  // namespace tagloom::kernels
