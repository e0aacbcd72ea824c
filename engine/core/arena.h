#pragma once
// A bump allocator for the tensors of one step. Steps of the same shapes get the same addresses, and from the second step
// on nothing is allocated: the chunks the first step needed are merged into one.
#include <memory>
#include <vector>

#include "engine/core/tensor.h"

namespace tagloom {

class Arena {
 public:
  explicit Arena(Device device) : device_(device) {}
  ~Arena() { drop_chunks(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Tensor empty(Shape shape, DType dtype = DType::kReal);  // 256-byte aligned, valid until reset()
  void reset();                                           // invalidates every tensor handed out
  Device device() const { return device_; }
  size_t bytes_used() const { return used_; }  // since the last reset
  size_t bytes_reserved() const;
  int chunk_count() const { return static_cast<int>(chunks_.size()); }

 private:
  void add_chunk(size_t bytes);
  void drop_chunks();

  Device device_;
  std::vector<std::shared_ptr<Buffer>> chunks_;
  size_t offset_ = 0;  // in the last chunk
  size_t used_ = 0;
};

int64_t arena_bytes(Device device);  // reserved by all arenas on the device, used or not

// An arena from this thread's pool, reset and returned to it on destruction. Nested leases get different arenas.
class ArenaLease {
 public:
  explicit ArenaLease(Device device);
  ~ArenaLease();
  ArenaLease(const ArenaLease&) = delete;
  ArenaLease& operator=(const ArenaLease&) = delete;
  Arena& operator*() { return *arena_; }
  Arena* operator->() { return arena_.get(); }

 private:
  std::unique_ptr<Arena> arena_;
};

}  // namespace tagloom
