#pragma once
// The way of a batch to a GPU while the step before it runs: from page-locked memory, on a queue of its own, with events that keep
// the device's queue and this one in order.
#include <cstring>
#include <memory>
#include <vector>

#include "engine/core/tensor.h"
#include "kernels/base/event.h"

namespace tagloom {

// Host memory that a GPU reads while the host goes on.
class PageLocked {
 public:
  PageLocked(Device device, size_t bytes);
  ~PageLocked();
  PageLocked(const PageLocked&) = delete;
  PageLocked& operator=(const PageLocked&) = delete;
  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  Device device_;
  size_t bytes_;
  void* data_;
};

// Of one batch after the other, into the same memory:
//
//   upload.begin();                                 // waits until what was sent last has left the host
//   upload.send(batch.labels, labels, {n, tags});   // once the device's queue has let go of the memory
//   upload.end();
//   upload.arrive();                                // what the device's queue is given from now on finds it
//   …                                               // a step
//   upload.let_go();                                // what it is given from now on no longer looks at it
class Upload {
 public:
  // `copies`: a queue of the device beside its own; outlives the upload.
  Upload(Device device, kernels::Queue& copies);

  void begin();
  template <class T>
  void send(Tensor& to, const std::vector<T>& values, Shape shape) {
    to.refit(std::move(shape), DTypeOf<T>::value, device_);
    TL_CHECK(static_cast<int64_t>(values.size()) == to.count(), "[upload] {} values cannot fill {}", values.size(), to.shape());
    send_bytes(to, values.data());
  }
  kernels::Queue& queue() { return copies_; }  // kernels that make something of what was sent run there too
  void end();
  void arrive();
  void let_go();

 private:
  void send_bytes(const Tensor& to, const void* values);

  Device device_;
  kernels::Queue& copies_;
  std::unique_ptr<kernels::Event> sent_, free_;
  std::vector<std::unique_ptr<PageLocked>> staging_;  // one for each tensor of a batch
  size_t used_ = 0;                                   // of them, by this batch
};

}  // namespace tagloom
