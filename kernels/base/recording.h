#pragma once
// Work of a queue, recorded once and then repeated as one launch: a CUDA graph. What is repeated are the same kernels with the same
// arguments, so whatever changes between two runs has to stand in memory: numbers of a step, keys of random numbers, inputs.
#include <functional>
#include <memory>

#include "kernels/base/queue.h"

namespace tagloom::kernels {

class Recording {
 public:
  virtual ~Recording() = default;
  virtual void repeat(Queue& q) = 0;  // in the queue's order
};

// On CUDA, unless each launch is waited for (TAGLOOM_CUDA_SYNC) or the queue's rules say no.
bool can_record(Queue& q);

// Inside of record(): nothing can be waited for, and no memory be had.
bool is_recording(Queue& q);

// Calls `work`, whose kernels, copies and fills of `q` are kept and not done. It must have run before with the same shapes, so
// that libraries have made their plans. Memory that it asks for or gives back, and waiting for the queue, throw Error(kDevice).
std::unique_ptr<Recording> record(Queue& q, const std::function<void()>& work);

}  // namespace tagloom::kernels
