// Measures copies and matrix products.
#include "tools/bench/roof.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

#include "engine/core/tensor.h"
#include "kernels/base/device.h"
#include "kernels/linear/gemm.h"

namespace tagloom {
namespace {

// Each OpenMP thread copies one part, as in the kernels.
void copy_on_cpu(const char* from, char* to, int64_t bytes) {
#pragma omp parallel
  {
    const int64_t part = bytes / omp_get_num_threads(), begin = part * omp_get_thread_num();
    std::memcpy(to + begin, from + begin, omp_get_thread_num() + 1 == omp_get_num_threads() ? bytes - begin : part);
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

int64_t Roofs::copy_size(double bytes) {
  int64_t moved = 16 << 10;
  while (static_cast<double>(moved) < bytes && moved < (int64_t{1} << 30)) moved *= 2;
  return moved;
}

double Roofs::copy_rate(double bytes) {
  const auto found = copies_.find(copy_size(bytes));
  return found != copies_.end() ? found->second : measure_copy(copy_size(bytes));
}

double Roofs::matrix_rate(MatrixType type) {
  const auto found = matrices_.find(type);
  return found != matrices_.end() ? found->second : measure_matrix(type);
}

double Roofs::measure_copy(int64_t moved) {
  const Tensor from = Tensor::zeros({moved / 2}, DType::kByte, device_), to = Tensor::zeros({moved / 2}, DType::kByte, device_);
  kernels::Queue& q = device_.queue();
  const auto copy = [&] {
    if (q.is_cuda()) {
      kernels::copy_bytes(q, kernels::CopyKind::kSameDevice, from.raw(), to.raw(), from.bytes());
    } else {
      copy_on_cpu(static_cast<const char*>(from.raw()), static_cast<char*>(to.raw()), moved / 2);
    }
  };
  double& rate = copies_[moved];
  return rate = std::max(rate, static_cast<double>(moved) / time_calls(device_, copy, seconds_).least);
}

double Roofs::measure_matrix(MatrixType type) {
  const int64_t side = matrix_side();
  const kernels::QueueRules before = kernels::rules_of(device_.queue());
  kernels::QueueRules rules = before;
  rules.tf32 = type == MatrixType::kTf32;
  kernels::set_rules(device_.queue(), rules);
  const double seconds =
      type == MatrixType::kBf16 ? matrix_seconds<Bf16>(device_, side, seconds_) : matrix_seconds<Real>(device_, side, seconds_);
  kernels::set_rules(device_.queue(), before);
  const double flops = 2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(side);
  double& rate = matrices_[type];
  return rate = std::max(rate, flops / seconds);
}

RoofShare Roofs::share(const BenchRow& row, double seconds_taken) {
  RoofShare share = share_of_known(row, seconds_taken);
  // A row faster than its roof means that the machine was busy while the roof was measured. The roof is the best rate measured.
  for (int again = 0; again < 3 && share.share > 1; ++again) {
    if (share.bound == Bound::kMemory) measure_copy(copy_size(row.bytes));
    if (share.bound == Bound::kArithmetic) measure_matrix(row.type);
    share = share_of_known(row, seconds_taken);
  }
  return share;
}

RoofShare Roofs::share_of_known(const BenchRow& row, double seconds_taken) {
  if (seconds_taken <= 0) return {};
  const double memory = row.bytes > 0 ? row.bytes / copy_rate(row.bytes) : 0;
  // Below one flop per byte, arithmetic limits no machine.
  const double arithmetic = row.flops > row.bytes ? row.flops / matrix_rate(row.type) : 0;
  if (memory <= 0 && arithmetic <= 0) return {};
  return memory >= arithmetic ? RoofShare{Bound::kMemory, memory / seconds_taken}
                              : RoofShare{Bound::kArithmetic, arithmetic / seconds_taken};
}

}  // namespace tagloom
