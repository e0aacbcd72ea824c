#pragma once
// Reads, decodes and transforms pictures on its own threads, several batches ahead of the model.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/data/picture_reader.h"

namespace tagloom {

struct DecodedBatch {
  std::vector<std::string> paths;                // the pictures that could be read
  std::vector<uint8_t> images;                   // [paths.size(), size, size, 3]
  std::vector<ReadFailure> failures;             // the others; `index` is the position in the batch
  std::vector<std::vector<uint8_t>> thumbnails;  // JPEGs, one for each of `paths`, on request
};

class DecodeAhead {
 public:
  // Transforms as in evaluation. Uses settings.workers and settings.prefetch. If thumbnail_side > 0, also makes thumbnails whose longer
  // side has at most this many pixels.
  explicit DecodeAhead(const PictureReaderSettings& settings, int thumbnail_side = 0);
  ~DecodeAhead();  // waits for the pictures being decoded
  DecodeAhead(const DecodeAhead&) = delete;
  DecodeAhead& operator=(const DecodeAhead&) = delete;

  bool empty() const { return slots_.empty(); }
  bool full() const { return slots_.size() >= static_cast<size_t>(settings_.prefetch) + 1; }
  bool ready() const;  // whether the oldest batch is complete

  void add(std::vector<std::string> paths);  // starts a batch of at least one picture
  // Waits for the oldest batch, which must exist. Reuses the memory of `batch`.
  void take(DecodedBatch& batch);

 private:
  // Workers write to `images` and `failures` without the lock, each only at the index of its picture.
  struct Slot {
    std::vector<std::string> paths;
    std::vector<uint8_t> images;
    std::vector<ReadFailure> failures;  // the reason is empty if the picture was read
    std::vector<std::vector<uint8_t>> thumbnails;
    std::exception_ptr broken;     // any other error, such as out of memory
    size_t started = 0, left = 0;  // pictures that a worker has taken, and pictures not done yet
  };
  void work();
  void load(Slot& slot, size_t picture) const;
  void stop();
  size_t picture_bytes() const;

  PictureReaderSettings settings_;
  int thumbnail_side_;
  std::vector<uint8_t> spare_;  // memory of an earlier batch, to be reused
  mutable std::mutex mutex_;    // guards the members below
  std::condition_variable work_, done_;
  std::deque<Slot> slots_;  // oldest first
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tagloom
