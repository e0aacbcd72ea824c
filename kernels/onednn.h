#pragma once
// What the *_onednn.cpp files share: the engine, scratch memory, plans cached by shape, and bfloat16 by widening.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/bfloat16.h"
#include "kernels/error.h"

namespace tagloom::kernels::cpu::onednn {

const dnnl::engine& engine();
dnnl::stream& stream();   // this thread's

// Whether this CPU multiplies bfloat16 itself (AVX512-BF16 or AMX). TAGLOOM_ONEDNN_BF16=0 says no.
bool native_bf16();

// Scratch memory of this thread: one growing 64-byte aligned buffer per use, kept until the thread ends.
enum class Scratch { kPrimitive, kFilter, kGradient, kInput, kInput2, kBias, kOutput };
void* scratch(Scratch use, size_t bytes);

// Bf16 by way of float: copies into scratch, and results back, rounded to nearest even. widened(null) is null.
float* widened(Scratch use, int64_t n, const Bf16* x);
void narrow(int64_t n, const float* x, Bf16* y);

template <class T>
constexpr dnnl::memory::data_type kType = dnnl::memory::data_type::f32;
template <>
inline constexpr dnnl::memory::data_type kType<Bf16> = dnnl::memory::data_type::bf16;

inline dnnl::memory memory(const dnnl::memory::desc& desc, const void* data) {
  return dnnl::memory(desc, engine(), const_cast<void*>(data));
}

// Runs a primitive that was made with scratchpad_mode::user. Throws Error(kInternal) naming the op.
void execute(const char* op, const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
             std::unordered_map<int, dnnl::memory> arguments);

// Plans (primitives and the layouts they chose), made once per shape and shared by all threads. Past kMost shapes the one
// that was not used for the longest time goes.
template <class Key, class Plan>
class PlanCache {
 public:
  template <class Make>
  std::shared_ptr<const Plan> get(const char* op, const Key& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    auto found = plans_.find(key);
    if (found == plans_.end()) {
      if (plans_.size() >= kMost) drop_oldest();
      try {
        found = plans_.emplace(key, Entry{std::make_shared<const Plan>(make()), 0}).first;
      } catch (const dnnl::error& error) {
        fail(ErrorKind::kInternal, "[{}] oneDNN has no primitive for this shape: {}", op, error.what());
      }
    }
    found->second.last_use = ++clock_;
    return found->second.plan;
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

}  // namespace tagloom::kernels::cpu::onednn
