#pragma once
// Threads that decode the pictures of requests, in order of arrival.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tagloom {

class DecodePool {
 public:
  // Throws std::system_error if a thread cannot be started.
  explicit DecodePool(int64_t threads);
  ~DecodePool();  // finishes work that has started and drops the rest
  DecodePool(const DecodePool&) = delete;
  DecodePool& operator=(const DecodePool&) = delete;

  void add(std::function<void()> work);  // must not throw

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace tagloom
