#include "tools/serve/batcher.h"

#include <algorithm>
#include <iterator>
#include <new>

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
    --reserved_;
  }
  picture.done(TagOutcome::kFailed, {});
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
  try {
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
      if (on_batch) on_batch(static_cast<int64_t>(batch.size()));
      tag_all(tag, batch);
    }
  } catch (...) {
    fail_all();
    throw;
  }
}

std::vector<WaitingPicture> Batcher::next_batch() {
  std::unique_lock lock(mutex_);
  reserved_ -= running_;
  running_ = 0;
  changed_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
  const auto all_here = [&] {
    const auto count = static_cast<int64_t>(waiting_.size());
    return closed_ || count >= options_.batch || count >= reserved_;
  };
  changed_.wait_for(lock, options_.wait, all_here);
  running_ = std::min(options_.batch, static_cast<int64_t>(waiting_.size()));
  const auto end = waiting_.begin() + running_;
  std::vector<WaitingPicture> batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

void Batcher::tag_all(const Tag& tag, std::span<WaitingPicture> batch) {
  const auto finish = [](std::span<WaitingPicture> pictures, TagOutcome outcome) {
    for (WaitingPicture& picture : pictures) picture.done(outcome, {});
  };
  const auto no_memory = [&] {
    if (batch.size() == 1) return finish(batch, TagOutcome::kNoMemory);
    for (size_t i = 0; i < batch.size(); ++i) tag_all(tag, batch.subspan(i, 1));
  };
  std::vector<std::vector<ScoredTag>> tags;
  try {
    tags = tag(batch);
  } catch (const OutOfMemory&) {
    return no_memory();
  } catch (const std::bad_alloc&) {
    return no_memory();
  } catch (...) {
    finish(batch, TagOutcome::kFailed);
    throw;
  }
  for (size_t i = 0; i < batch.size(); ++i) batch[i].done(TagOutcome::kTagged, std::move(tags[i]));
}

void Batcher::fail_all() {
  std::deque<WaitingPicture> left;
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    reserved_ -= running_ + static_cast<int64_t>(waiting_.size());
    running_ = 0;
    left.swap(waiting_);
  }
  for (WaitingPicture& picture : left) picture.done(TagOutcome::kFailed, {});
}

}  // namespace tagloom
