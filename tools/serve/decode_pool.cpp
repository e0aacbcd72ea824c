#include "tools/serve/decode_pool.h"

#include "tools/setup/start_threads.h"

namespace tagloom {

DecodePool::DecodePool(int64_t threads) : threads_(start_threads(threads, [this] { work(); })) {}

DecodePool::~DecodePool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void DecodePool::add(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(work));
  changed_.notify_one();
}

void DecodePool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // frees the picture before waiting for the next one
    lock.lock();
  }
}

}  // namespace tagloom
