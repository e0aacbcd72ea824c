#pragma once
// Uploads a batch to a GPU while the previous step runs: from page-locked memory, on a separate queue, ordered by events against
// the device's own queue.
#include <cstring>
#include <memory>
#include <vector>

#include "engine/core/tensor.h"
#include "kernels/base/event.h"

namespace tagloom {

// Host memory that a GPU can read while the host continues.
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

// Uploads batches one after another into the same memory:
//
//   upload.begin();                                 // waits until the previous batch has left the host
//   upload.send(batch.labels, labels, {n, tags});   // runs after release()
//   upload.end();
//   upload.arrive();                                // later work of the device's queue finds the batch
//   …                                               // a step
//   upload.release();                               // later work of the device's queue does not use the batch
class Upload {
 public:
  // `copies`: a second queue of the device; must outlive the upload.
  Upload(Device device, kernels::Queue& copies);

  void begin();
  template <class T>
  void send(Tensor& to, const std::vector<T>& values, Shape shape) {
    to.refit(std::move(shape), DTypeOf<T>::value, device_);
    TL_CHECK(static_cast<int64_t>(values.size()) == to.count(), "[upload] {} values cannot fill {}", values.size(), to.shape());
    send_bytes(to, values.data());
  }
  kernels::Queue& queue() { return copies_; }  // for kernels that process what was sent
  void end();
  void arrive();
  void release();

 private:
  void send_bytes(const Tensor& to, const void* values);

  Device device_;
  kernels::Queue& copies_;
  std::unique_ptr<kernels::Event> sent_, free_;
  std::vector<std::unique_ptr<PageLocked>> staging_;  // one per tensor of a batch
  size_t used_ = 0;                                   // entries of staging_ that this batch uses
};

}  // namespace tagloom
