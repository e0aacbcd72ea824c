#include "tools/bench/roof.h"

#include <algorithm>
#include <cstring>

#include "engine/core/tensor.h"
#include "kernels/base/device.h"
#include "kernels/math/gemm.h"

namespace tagloom {
namespace {

// The kernels' threads copy a part each, as they work on a part each.
void copy_on_cpu(const char* from, char* to, int64_t bytes) {
  constexpr int64_t kPart = 16 << 10;
  const int64_t parts = (bytes + kPart - 1) / kPart;
#pragma omp parallel for schedule(static)
  for (int64_t part = 0; part < parts; ++part) {
    std::memcpy(to + part * kPart, from + part * kPart, std::min(kPart, bytes - part * kPart));
  }
}

template <class T>
Tensor small_values(int64_t count, Device device) {
  std::vector<T> values(count);
  for (int64_t i = 0; i < count; ++i) values[i] = static_cast<T>(static_cast<float>(i % 17 - 8) / 16);
  return Tensor::from(values, {count}, device);
}

template <class T>
double matrix_seconds(Device device, int64_t side, double seconds) {
  const Tensor a = small_values<T>(side * side, device), b = small_values<T>(side * side, device),
               c = small_values<T>(side * side, device);
  kernels::Queue& q = device.queue();
  const kernels::GemmShape shape{side, side, side};
  const T* const none = nullptr;
  return time_calls(
             device, [&] { TL_ON(q, gemm(q, shape, a.data<T>(), b.data<T>(), none, c.data<T>(), kernels::Into::kOverwrite)); },
             seconds)
      .least;
}

}  // namespace

double Roofs::copy_rate(double bytes) {
  int64_t moved = 16 << 10;
  while (static_cast<double>(moved) < bytes && moved < (int64_t{1} << 30)) moved *= 2;
  if (const auto found = copies_.find(moved); found != copies_.end()) return found->second;
  const Tensor from = Tensor::zeros({moved / 2}, DType::kByte, device_), to = Tensor::zeros({moved / 2}, DType::kByte, device_);
  kernels::Queue& q = device_.queue();
  const auto copy = [&] {
    if (q.is_cuda()) {
      kernels::copy_bytes(q, kernels::CopyKind::kSameDevice, from.raw(), to.raw(), from.bytes());
    } else {
      copy_on_cpu(static_cast<const char*>(from.raw()), static_cast<char*>(to.raw()), moved / 2);
    }
  };
  return copies_[moved] = static_cast<double>(moved) / time_calls(device_, copy, seconds_).least;
}

double Roofs::matrix_rate(MatrixType type) {
  if (const auto found = matrices_.find(type); found != matrices_.end()) return found->second;
  const int64_t side = matrix_side();
  kernels::set_rules(device_.queue(), {.tf32 = type == MatrixType::kTf32});
  const double seconds =
      type == MatrixType::kBf16 ? matrix_seconds<Bf16>(device_, side, seconds_) : matrix_seconds<Real>(device_, side, seconds_);
  kernels::set_rules(device_.queue(), {});
  return matrices_[type] = 2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(side) / seconds;
}

RoofShare Roofs::share(const BenchRow& row, double seconds_taken) {
  if (seconds_taken <= 0) return {};
  const double memory = row.bytes > 0 ? row.bytes / copy_rate(row.bytes) : 0;
  // Less than one flop a byte: no machine is held up by the arithmetic.
  const double arithmetic = row.flops > row.bytes ? row.flops / matrix_rate(row.type) : 0;
  if (memory <= 0 && arithmetic <= 0) return {};
  return memory >= arithmetic ? RoofShare{Bound::kMemory, memory / seconds_taken}
                              : RoofShare{Bound::kArithmetic, arithmetic / seconds_taken};
}

}  // namespace tagloom
