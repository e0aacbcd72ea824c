#include "kernels/math/dropout.h"

#include <algorithm>

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

constexpr int kLanes = 16, kBlock = 4 * kLanes;  // interleaved counters, so that the rounds vectorise

// out[j] = random_uniform(key, kBlock * block + j)
void uniform_block(RandomKey key, int64_t block, float* out) {
  uint32_t c0[kLanes], c1[kLanes], c2[kLanes], c3[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    const uint64_t counter = static_cast<uint64_t>(block) * kLanes + lane;
    c0[lane] = static_cast<uint32_t>(counter);
    c1[lane] = static_cast<uint32_t>(counter >> 32);
    c2[lane] = static_cast<uint32_t>(key.stream);
    c3[lane] = static_cast<uint32_t>(key.stream >> 32);
  }
  uint32_t k0 = static_cast<uint32_t>(key.seed), k1 = static_cast<uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) philox_round(k0, k1, c0[lane], c1[lane], c2[lane], c3[lane]);
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    const uint32_t bits[4] = {c0[lane], c1[lane], c2[lane], c3[lane]};
    for (int i = 0; i < 4; ++i) out[4 * lane + i] = static_cast<float>(bits[i] >> 8) * (1.0f / 16777216.0f);
  }
}

template <class T>
void apply(int64_t n, Real p, const OpKey& op_key, const T* x, T* y, Into into) {
  TL_CHECK(p >= 0 && p < 1, "[dropout] p must be in [0, 1), got {}", p);
  const RandomKey key = op_key.of_step();
  const Real scale = Real(1) / (Real(1) - p);
  const float limit = static_cast<float>(p);
  const int64_t blocks = (n + kBlock - 1) / kBlock;
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t block = 0; block < blocks; ++block) {
    float uniform[kBlock];
    uniform_block(key, block, uniform);
    const int64_t begin = block * kBlock, count = std::min<int64_t>(kBlock, n - begin);
    for (int64_t j = 0; j < count; ++j) {
      const Real kept = uniform[j] >= limit ? static_cast<Real>(x[begin + j]) * scale : Real(0);
      y[begin + j] = into == Into::kAdd ? static_cast<Real>(y[begin + j]) + kept : kept;
    }
  }
}

}  // namespace

void dropout_forward(Queue&, int64_t n, Real p, const OpKey& key, const Real* x, Real* y) {
  apply(n, p, key, x, y, Into::kOverwrite);
}
void dropout_forward(Queue&, int64_t n, Real p, const OpKey& key, const Bf16* x, Bf16* y) {
  apply(n, p, key, x, y, Into::kOverwrite);
}

void dropout_backward(Queue&, int64_t n, Real p, const OpKey& key, const Real* dy, Real* dx, Into into) {
  apply(n, p, key, dy, dx, into);
}
void dropout_backward(Queue&, int64_t n, Real p, const OpKey& key, const Bf16* dy, Bf16* dx, Into into) {
  apply(n, p, key, dy, dx, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
