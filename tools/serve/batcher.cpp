#include "tools/serve/batcher.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "kernels/base/memory.h"

namespace tagloom {

bool Batcher::reserve(int64_t pictures) {
  const std::lock_guard lock(mutex_);
  if (pictures > options_.room - reserved_) return false;
  reserved_ += pictures;
  return true;
}

void Batcher::release(int64_t pictures) {
  const std::lock_guard lock(mutex_);
  reserved_ -= pictures;
  changed_.notify_one();  // the model's thread no longer needs to wait for them
}

void Batcher::submit(WaitingPicture picture) {
  {
    const std::lock_guard lock(mutex_);
    if (!failed_) {
      waiting_.push_back(std::move(picture));
      changed_.notify_one();
      return;
    }
  }
  finish(picture, TagOutcome::kFailed);
}

int64_t Batcher::reserved() const {
  const std::lock_guard lock(mutex_);
  return reserved_;
}

void Batcher::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_one();
}

void Batcher::run(const Tag& tag) {
  std::vector<WaitingPicture> batch;
  try {
    while (next_batch(batch)) {
      if (on_batch) on_batch(static_cast<int64_t>(batch.size()));
      tag_all(tag, batch);
    }
  } catch (...) {
    fail_all(batch);
    throw;
  }
}

bool Batcher::next_batch(std::vector<WaitingPicture>& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
  const auto all_here = [&] {
    const auto count = static_cast<int64_t>(waiting_.size());
    return closed_ || count >= options_.batch || count >= reserved_;
  };
  changed_.wait_for(lock, options_.wait, all_here);
  const auto end = waiting_.begin() + std::min(options_.batch, static_cast<int64_t>(waiting_.size()));
  batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return !batch.empty();
}

void Batcher::tag_all(const Tag& tag, std::span<WaitingPicture> batch) {
  const auto no_memory = [&] {
    if (batch.size() == 1) return finish(batch[0], TagOutcome::kNoMemory);
    for (size_t i = 0; i < batch.size(); ++i) tag_all(tag, batch.subspan(i, 1));
  };
  std::vector<std::vector<ScoredTag>> tags;
  try {
    tags = tag(batch);
  } catch (const OutOfMemory&) {
    return no_memory();
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
  for (size_t i = 0; i < batch.size(); ++i) finish(batch[i], TagOutcome::kTagged, std::move(tags[i]));
}

// Makes room first: a client may send its next picture as soon as done() replies.
void Batcher::finish(WaitingPicture& picture, TagOutcome outcome, std::vector<ScoredTag> tags) {
  release(1);
  std::exchange(picture.done, nullptr)(outcome, std::move(tags));
}

// Fails the waiting pictures and those of the batch that are not done.
void Batcher::fail_all(std::span<WaitingPicture> batch) {
  std::deque<WaitingPicture> left;
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    left.swap(waiting_);
  }
  for (WaitingPicture& picture : batch) {
    if (picture.done) finish(picture, TagOutcome::kFailed);
  }
  for (WaitingPicture& picture : left) finish(picture, TagOutcome::kFailed);
}

}  // namespace tagloom
