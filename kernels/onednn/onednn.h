#pragma once
// Shared by the *_onednn.cpp files: the engine, scratch memory, primitives cached by shape, and bfloat16 by widening.
#include <array>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "kernels/base/bfloat16.h"
#include "kernels/base/error.h"
#include "kernels/base/plan_cache.h"
#include "kernels/base/twins.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU::onednn {

const dnnl::engine& engine();
dnnl::stream& stream();  // this thread's

// Whether this CPU multiplies bfloat16 natively (AVX512-BF16 or AMX). TAGLOOM_ONEDNN_BF16=0 disables it.
bool native_bf16();

// Scratch memory of this thread: one growing 64-byte aligned buffer per use, kept until the thread ends.
enum class Scratch { kPrimitive, kOwnX, kFilter, kOwnY, kInput, kInput2, kBias, kResidual, kOutput };
void* scratch(Scratch use, size_t bytes);

[[noreturn]] void throw_out_of_memory(size_t bytes);  // 0: oneDNN did not report the size

// Bf16 by way of float: copies inputs to scratch, and results back with rounding to nearest even. widened(null) is null.
float* widened(Scratch use, int64_t n, const Bf16* x);
void narrow(int64_t n, const float* x, Bf16* y);

template <class T>
constexpr dnnl::memory::data_type kType = dnnl::memory::data_type::f32;
template <>
inline constexpr dnnl::memory::data_type kType<Bf16> = dnnl::memory::data_type::bf16;

inline dnnl::memory memory(const dnnl::memory::desc& desc, const void* data) {
  return dnnl::memory(desc, engine(), const_cast<void*>(data));
}

// oneDNN generates machine code into memory whose allocation it does not check, when it creates a primitive and when it first runs one.
// Throws OutOfMemory unless there is address space for it (see ulimit -v).
void require_room_for_code();

// Runs a primitive with scratchpad_mode::user. Throws Error(kInternal) with the op's name.
void execute(const char* op, const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
             std::unordered_map<int, dnnl::memory> arguments);

// cache.get(key, make), which turns oneDNN's errors into Error(kInternal) with the op's name.
template <class Key, class Plan, class Make>
std::shared_ptr<const Plan> cached(PlanCache<Key, Plan>& cache, const char* op, const Key& key, const Make& make) {
  try {
    return cache.get(key, [&] {
      require_room_for_code();
      return make();
    });
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw_out_of_memory(0);
    fail(ErrorKind::kInternal, "[{}] oneDNN has no primitive for this shape: {}", op, error.what());
  }
}

}  // namespace tagloom::kernels::TL_CPU::onednn
TL_CPU_END
