#pragma once
// Memory that could not be had, and memory that ops keep.
#include <cstdint>

#include "kernels/base/error.h"
#include "kernels/base/queue.h"

namespace tagloom {

// An Error(kDevice) that knows how much was asked for.
class OutOfMemory : public Error {
 public:
  OutOfMemory(int64_t bytes, const std::string& message) : Error(ErrorKind::kDevice, message), bytes_(bytes) {}
  int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_;
};

namespace kernels {

// What ops on the CPU keep between calls, on all threads.
int64_t scratch_bytes();
void count_scratch(int64_t change);

int64_t allocations();  // how often allocate() was called so far, on all devices

int64_t cuda_free_bytes(Queue& q);  // of its GPU, as the driver says

}  // namespace kernels
}  // namespace tagloom
