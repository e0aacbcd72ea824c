#pragma once
// The out-of-memory error, and counters of the memory that ops hold.
#include <cstdint>

#include "kernels/base/error.h"
#include "kernels/base/queue.h"

namespace tagloom {

// An Error(kDevice) that carries the requested size.
class OutOfMemory : public Error {
 public:
  OutOfMemory(int64_t bytes, const std::string& message) : Error(ErrorKind::kDevice, message), bytes_(bytes) {}
  int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_;
};

namespace kernels {

// Scratch memory that CPU ops keep between calls, over all threads.
int64_t scratch_bytes();
void count_scratch(int64_t change);

int64_t allocations();  // calls of allocate() so far, on all devices

int64_t cuda_free_bytes(Queue& q);  // of the queue's GPU, as the driver reports it

}  // namespace kernels
}  // namespace tagloom
