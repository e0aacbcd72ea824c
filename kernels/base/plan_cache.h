#pragma once
// A cache of what a library prepares for a shape (a primitive, a plan, an algorithm), shared by all threads.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace tagloom::kernels {

// Holds kMost keys and evicts the least recently used one. Key needs operator<.
template <class Key, class Plan>
class PlanCache {
 public:
  template <class Make>
  std::shared_ptr<const Plan> get(const Key& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    auto found = plans_.find(key);
    if (found == plans_.end()) {
      if (plans_.size() >= kMost) drop_oldest();
      found = plans_.emplace(key, Entry{std::make_shared<const Plan>(make()), 0}).first;
    }
    found->second.last_use = ++clock_;
    return found->second.plan;
  }

  // The cached plan, or null.
  std::shared_ptr<const Plan> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = plans_.find(key);
    if (found == plans_.end()) return nullptr;
    found->second.last_use = ++clock_;
    return found->second.plan;
  }

  // get() and find() return this plan from now on.
  void replace(const Key& key, Plan plan) {
    const std::lock_guard lock(mutex_);
    const auto found = plans_.find(key);
    if (found != plans_.end()) found->second.plan = std::make_shared<const Plan>(std::move(plan));
  }

 private:
  static constexpr size_t kMost = 1024;
  struct Entry {
    std::shared_ptr<const Plan> plan;
    uint64_t last_use;
  };

  void drop_oldest() {
    auto oldest = plans_.begin();
    for (auto it = plans_.begin(); it != plans_.end(); ++it) {
      if (it->second.last_use < oldest->second.last_use) oldest = it;
    }
    plans_.erase(oldest);
  }

  std::mutex mutex_;
  std::map<Key, Entry> plans_;
  uint64_t clock_ = 0;
};

}  // namespace tagloom::kernels
