// A bump allocator over chunks, and each thread's pool of idle arenas.
#include "engine/core/arena.h"

#include <algorithm>
#include <array>
#include <atomic>

namespace tagloom {
namespace {

constexpr size_t kBlockAlignment = 256;
constexpr size_t kSmallestChunk = size_t{1} << 20;

std::atomic<int64_t>& held_on(Device device) {
  static std::array<std::atomic<int64_t>, Device::kMost> bytes{};
  return bytes.at(device.index() + 1);
}

std::vector<std::unique_ptr<Arena>>& idle_arenas() {
  thread_local std::vector<std::unique_ptr<Arena>> arenas;
  return arenas;
}

}  // namespace

int64_t arena_bytes(Device device) { return held_on(device); }

void Arena::add_chunk(size_t bytes) {
  chunks_.push_back(std::make_shared<Buffer>(device_, bytes));
  held_on(device_) += static_cast<int64_t>(bytes);
}

void Arena::drop_chunks() {
  held_on(device_) -= static_cast<int64_t>(bytes_reserved());
  chunks_.clear();
}

Tensor Arena::empty(Shape shape, DType dtype) {
  const size_t bytes = element_count(shape) * dtype_bytes(dtype);
  const size_t padded = (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  if (chunks_.empty() || offset_ + padded > chunks_.back()->bytes()) {
    const size_t last = chunks_.empty() ? kSmallestChunk : chunks_.back()->bytes();
    add_chunk(std::max(padded, last));
    offset_ = 0;
  }
  Tensor tensor(chunks_.back(), offset_, std::move(shape), dtype);
  offset_ += padded;
  used_ += padded;
  return tensor;
}

void Arena::reset() {
  if (chunks_.size() > 1) {  // merge into one chunk, without the unused ends
    const size_t needed = used_;
    drop_chunks();
    add_chunk(needed);
  }
  offset_ = used_ = 0;
}

size_t Arena::bytes_reserved() const {
  size_t total = 0;
  for (const auto& chunk : chunks_) total += chunk->bytes();
  return total;
}

ArenaLease::ArenaLease(Device device) {
  auto& idle = idle_arenas();
  const auto found = std::find_if(idle.rbegin(), idle.rend(), [&](const auto& arena) { return arena->device() == device; });
  if (found == idle.rend()) {
    arena_ = std::make_unique<Arena>(device);
  } else {
    arena_ = std::move(*found);
    idle.erase(std::next(found).base());
  }
}

ArenaLease::~ArenaLease() {
  try {
    arena_->reset();
    idle_arenas().push_back(std::move(arena_));
  } catch (const std::exception&) {  // out of memory for the merged chunk: the next lease starts without any
  }
}

}  // namespace tagloom
