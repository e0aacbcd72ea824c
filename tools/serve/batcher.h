#pragma once
// Gathers the pictures of concurrent requests into batches for the one thread that runs the model.
//
//   if (!batcher.reserve(1)) … reply that the server is overloaded …
//   … decode the picture …
//   batcher.submit({pixels, rule, done});   // or batcher.release(1) if it is not a picture
//
// The model's thread takes the waiting pictures, up to a whole batch. If further pictures are reserved, it first waits a few milliseconds
// for them to be decoded.
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
  std::function<void(TagOutcome, std::vector<ScoredTag>)> done;  // called once, on the model's thread; must not throw
};

struct BatcherOptions {
  int64_t batch = 32;                 // maximum number of pictures in a batch
  std::chrono::milliseconds wait{5};  // longest time that the first picture of a batch waits for others
  int64_t room = 256;                 // maximum number of pictures reserved but not done
};

class Batcher {
 public:
  using Tag =
      std::function<std::vector<std::vector<ScoredTag>>(std::span<const WaitingPicture>)>;  // returns the tags of each picture

  explicit Batcher(const BatcherOptions& options) : options_(options) {}

  // Returns false, and reserves nothing, if there is no room for so many pictures.
  bool reserve(int64_t pictures);
  void release(int64_t pictures);
  // The picture stays reserved until it is done.
  void submit(WaitingPicture picture);
  int64_t reserved() const;

  // Runs the model until close(), then tags the waiting pictures and returns. If a batch runs out of memory, its pictures are tagged one by
  // one. After any other exception, all pictures that are not done fail and the exception is rethrown.
  void run(const Tag& tag);
  void close();

  std::function<void(int64_t pictures)> on_batch;  // before each batch, on the model's thread

 private:
  bool next_batch(std::vector<WaitingPicture>& batch);  // false if closed
  void tag_all(const Tag& tag, std::span<WaitingPicture> batch);
  void finish(WaitingPicture& picture, TagOutcome outcome, std::vector<ScoredTag> tags = {});
  void fail_all(std::span<WaitingPicture> batch);

  const BatcherOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WaitingPicture> waiting_;
  int64_t reserved_ = 0;
  bool closed_ = false, failed_ = false;
};

}  // namespace tagloom
