#pragma once
// The deterministic weights and pictures of tests/golden/seeded_values.py, so that golden files of large networks contain only
// outputs.
#include <cmath>
#include <string>
#include <vector>

#include "engine/nn/module.h"
#include "kernels/base/philox.h"

namespace tagloom::test {

inline constexpr uint64_t kGoldenSeed = 7;

inline uint64_t fnv1a(const std::string& name) {
  uint64_t h = 0xCBF29CE484222325ull;
  for (unsigned char byte : name) h = (h ^ byte) * 0x100000001B3ull;
  return h;
}

inline std::vector<float> seeded_uniform(const std::string& name, int64_t count) {
  std::vector<float> u(count);
  const uint64_t stream = fnv1a(name);
#pragma omp parallel for schedule(static)
  for (int64_t block = 0; block < (count + 3) / 4; ++block) {
    const Philox4 words = philox(kGoldenSeed, stream, block);
    for (int64_t i = 4 * block; i < std::min(4 * block + 4, count); ++i) u[i] = (words.v[i & 3] >> 8) * (1.0f / 16777216.0f);
  }
  return u;
}

// In PyTorch's layout. Batch norm weights that end a residual branch are a quarter of the others.
inline std::vector<float> seeded_values(const std::string& name, const Shape& shape, bool residual_end) {
  std::vector<float> v = seeded_uniform(name, element_count(shape));
  if (shape.size() > 1) {
    const float bound = static_cast<float>(std::sqrt(6.0 / (element_count(shape) / shape[0])));
    for (float& x : v) x = (2 * x - 1) * bound;
  } else if (name.ends_with("running_var")) {
    for (float& x : v) x = 0.75f + 0.5f * x;
  } else if (name.ends_with("weight")) {
    for (float& x : v) x = (0.8f + 0.4f * x) * (residual_end ? 0.25f : 1.0f);
  } else {
    for (float& x : v) x = 0.2f * x - 0.1f;
  }
  return v;
}

// From PyTorch's [K,C,R,S] to [K,R,S,C] in memory; with map_channels from [M,C*H*W] to [M,H*W*C].
inline std::vector<float> from_torch(const std::vector<float>& x, const Shape& memory_shape, int64_t map_channels) {
  if (memory_shape.size() != 4 && map_channels == 0) return x;
  const int64_t outer = memory_shape[0], c = map_channels > 0 ? map_channels : memory_shape[3];
  const int64_t inner = static_cast<int64_t>(x.size()) / (outer * c);
  std::vector<float> y(x.size());
  for (int64_t i = 0; i < static_cast<int64_t>(x.size()); ++i) {
    const int64_t o = i / (c * inner), channel = i / inner % c, pixel = i % inner;
    y[(o * inner + pixel) * c + channel] = x[i];
  }
  return y;
}

inline std::vector<float> to_torch(const std::vector<float>& x, const Shape& memory_shape, int64_t map_channels) {
  if (memory_shape.size() != 4 && map_channels == 0) return x;
  const int64_t outer = memory_shape[0], c = map_channels > 0 ? map_channels : memory_shape[3];
  const int64_t inner = static_cast<int64_t>(x.size()) / (outer * c);
  std::vector<float> y(x.size());
  for (int64_t i = 0; i < static_cast<int64_t>(x.size()); ++i) {
    const int64_t o = i / (c * inner), channel = i / inner % c, pixel = i % inner;
    y[i] = x[(o * inner + pixel) * c + channel];
  }
  return y;
}

inline Shape torch_shape(const Shape& memory_shape) {
  return memory_shape.size() == 4 ? Shape{memory_shape[0], memory_shape[3], memory_shape[1], memory_shape[2]} : memory_shape;
}

// Every parameter and buffer; `residual_end` ends the names of batch norms that end a residual branch (".bn3.weight").
inline void fill_seeded(const Module& module, const std::string& residual_end) {
  const auto fill = [&](const std::string& name, const Tensor& tensor, int64_t map_channels) {
    const std::vector<float> v = seeded_values(name, torch_shape(tensor.shape()), name.ends_with(residual_end));
    const std::vector<float> laid = from_torch(v, tensor.shape(), map_channels);
    tensor.write(laid.data(), laid.size());
  };
  for (const NamedParameter& p : module.named_parameters()) fill(p.name, p.parameter->value, p.parameter->map_channels);
  for (const NamedBuffer& b : module.named_buffers()) fill(b.name, *b.tensor, 0);
}

// uint8 [N, pixels, pixels, 3]
inline Tensor seeded_pictures(int64_t n, int64_t pixels) {
  const std::vector<float> u = seeded_uniform("input", n * pixels * pixels * 3);
  std::vector<uint8_t> bytes(u.size());
  for (size_t i = 0; i < u.size(); ++i) bytes[i] = static_cast<uint8_t>(256.0f * u[i]);
  return Tensor::from(bytes, {n, pixels, pixels, 3});
}

}  // namespace tagloom::test
