#pragma once
// A place in the order of a queue's work, which other queues of its device and the host can wait for. CUDA only: work of the CPU is
// done when its call returns.
#include <memory>

#include "kernels/base/queue.h"

namespace tagloom::kernels {

class Event {
 public:
  virtual ~Event() = default;
  virtual void mark(Queue& q) = 0;  // the place is behind all that `q` was given so far, no longer where it was before
  virtual void hold(Queue& q) = 0;  // what `q` is given from now on waits for the place; for none before the first mark
  virtual void wait() = 0;          // the host does
};

std::unique_ptr<Event> make_event(Queue& q);  // for queues of q's device; requires q.is_cuda()

}  // namespace tagloom::kernels
