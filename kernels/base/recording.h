#pragma once
// Records a queue's work once and replays it as one launch: a CUDA graph. Replays run the same kernels with the same arguments,
// so everything that changes from run to run must be in memory: step numbers, random keys, inputs.
#include <functional>
#include <memory>

#include "kernels/base/queue.h"

namespace tagloom::kernels {

class Recording {
 public:
  virtual ~Recording() = default;
  virtual void repeat(Queue& q) = 0;  // replays the work, in the queue's order
};

// True on CUDA, unless TAGLOOM_CUDA_SYNC is set or QueueRules::graphs is false.
bool can_record(Queue& q);

// True inside record(), where waiting and allocating are not allowed.
bool is_recording(Queue& q);

// Calls `work` and records its kernels, copies and fills of `q` instead of running them. `work` must have run once with the same
// shapes, so that the libraries have their plans. Throws Error(kDevice) if `work` allocates or releases memory or waits for the
// queue.
std::unique_ptr<Recording> record(Queue& q, const std::function<void()>& work);

}  // namespace tagloom::kernels
