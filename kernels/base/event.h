#pragma once
// A point in a queue's work that other queues of the same device, and the host, can wait for. CUDA only: CPU work is done when
// the call returns.
#include <memory>

#include "kernels/base/queue.h"

namespace tagloom::kernels {

class Event {
 public:
  virtual ~Event() = default;
  virtual void record(Queue& q) = 0;  // moves the event behind all work submitted to `q` so far
  virtual void wait(Queue& q) = 0;  // work submitted to `q` from now on waits for the event; no effect before the first record()
  virtual void synchronize() = 0;   // the host waits for the event
};

std::unique_ptr<Event> make_event(Queue& q);  // for queues of q's device; requires q.is_cuda()

}  // namespace tagloom::kernels
