#pragma once
// Gathers the pictures of concurrent requests into batches for the one thread that runs the model.
//
//   if (!batcher.reserve(1)) … answer that the server is overloaded …
//   … decode the picture …
//   batcher.submit({pixels, rule, done});   // or batcher.release(1) if it is no picture
//
// The model's thread takes what waits, up to a whole batch. If more pictures are reserved than wait, it first gives them a few
// milliseconds to be decoded.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "engine/selection/tag_selection.h"
#include "tools/predict/tagged_picture.h"

namespace tagloom {

enum class TagOutcome { kTagged, kNoMemory, kFailed };

struct WaitingPicture {
  std::vector<uint8_t> pixels;  // transformed: [S,S,3]
  SelectionRule rule;
  std::function<void(TagOutcome, std::vector<ScoredTag>)> done;  // called once, on the thread of the model; must not throw
};

struct BatcherOptions {
  int64_t batch = 32;                 // most pictures of a batch
  std::chrono::milliseconds wait{5};  // longest time that the first picture of a batch waits for others
  int64_t room = 256;                 // most pictures that are reserved and not done
};

class Batcher {
 public:
  using Tag = std::function<std::vector<std::vector<ScoredTag>>(std::span<const WaitingPicture>)>;  // the tags of each picture

  explicit Batcher(const BatcherOptions& options) : options_(options) {}

  // False if there is no room for so many pictures; nothing is reserved then.
  bool reserve(int64_t pictures);
  void release(int64_t pictures);
  // The picture counts as reserved until it is done.
  void submit(WaitingPicture picture);
  int64_t reserved() const;

  // Runs the model until close(), then tags what waits and returns. If a batch runs out of memory, its pictures are tagged one by
  // one. Rethrows any other exception of `tag`, after all pictures that wait have failed.
  void run(const Tag& tag);
  void close();

  std::function<void(int64_t pictures)> on_batch;  // before each batch, on the thread of the model

 private:
  std::vector<WaitingPicture> next_batch();  // empty: closed
  void tag_all(const Tag& tag, std::span<WaitingPicture> batch);
  void fail_all();

  const BatcherOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WaitingPicture> waiting_;
  int64_t reserved_ = 0, running_ = 0;  // running_: in the current batch
  bool closed_ = false, failed_ = false;
};

}  // namespace tagloom
