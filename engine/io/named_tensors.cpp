// Looks tensors up by name and converts their elements.
#include "engine/io/named_tensors.h"

#include <algorithm>
#include <cstring>

#include "engine/core/closest_match.h"
#include "engine/io/safetensors_header.h"
#include "kernels/base/bfloat16.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 31u;
  const uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24, exact in a float
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide_exponent = exponent == 31 ? 255u : exponent + 112u;  // infinity and NaN keep their fraction
  const uint32_t bits = sign | (wide_exponent << 23) | (fraction << 13);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <class Stored, class Convert>
void convert_all(std::span<const std::byte> bytes, std::span<float> out, Convert convert) {
  const std::byte* p = bytes.data();
  for (size_t i = 0; i < out.size(); ++i, p += sizeof(Stored)) {
    Stored stored;
    std::memcpy(&stored, p, sizeof stored);  // the data may be unaligned
    out[i] = convert(stored);
  }
}

}  // namespace

bool is_float(TensorType type) {
  return type == TensorType::kF16 || type == TensorType::kBf16 || type == TensorType::kF32 || type == TensorType::kF64;
}

int64_t count_of(const NamedTensor& tensor) {
  int64_t count = 1;
  for (const int64_t extent : tensor.shape) count *= extent;
  return count;
}

std::vector<std::byte> row_major_bytes(const NamedTensor& tensor) {
  if (tensor.strides.empty()) return {tensor.bytes.begin(), tensor.bytes.end()};
  const size_t element = static_cast<size_t>(size_of(tensor.type)), rank = tensor.shape.size();
  const size_t count = static_cast<size_t>(count_of(tensor));
  std::vector<std::byte> bytes(count * element);
  std::vector<int64_t> index(rank, 0);
  int64_t at = 0;  // of the element, in elements
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(bytes.data() + i * element, tensor.bytes.data() + static_cast<size_t>(at) * element, element);
    for (size_t axis = rank; axis-- > 0;) {  // the next index, last axis first
      at += tensor.strides[axis];
      if (++index[axis] < tensor.shape[axis]) break;
      at -= index[axis] * tensor.strides[axis];
      index[axis] = 0;
    }
  }
  return bytes;
}

NamedTensors::NamedTensors(std::string path, std::vector<NamedTensor> tensors, TensorMetadata metadata,
                           std::vector<std::shared_ptr<const void>> owners)
    : path_(std::move(path)), entries_(std::move(tensors)), metadata_(std::move(metadata)), owners_(std::move(owners)) {
  for (size_t i = 0; i < entries_.size(); ++i) by_name_.emplace(entries_[i].name, i);
}

NamedTensors NamedTensors::with_entries(std::vector<NamedTensor> entries, std::vector<std::shared_ptr<const void>> owners) const {
  owners.insert(owners.end(), owners_.begin(), owners_.end());
  return {path_, std::move(entries), metadata_, std::move(owners)};
}

const NamedTensor* NamedTensors::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &entries_[at->second];
}

const NamedTensor& NamedTensors::require(std::string_view name) const {
  if (const NamedTensor* entry = find(name)) return *entry;
  std::vector<std::string> names;
  for (const NamedTensor& entry : entries_) names.push_back(entry.name);
  fail(ErrorKind::kData, "{}: has no tensor {}{}", path_, detail::quoted_name(name), did_you_mean(name, names));
}

std::vector<float> NamedTensors::to_floats(const NamedTensor& entry) const {
  std::vector<float> values(static_cast<size_t>(count_of(entry)));
  to_floats(entry, values);
  return values;
}

void NamedTensors::to_floats(const NamedTensor& entry, std::span<float> out) const {
  TL_CHECK(out.size() == static_cast<size_t>(count_of(entry)), "{}: tensor {} is {}, but {} values were requested", path_,
           detail::quoted_name(entry.name), detail::describe(entry.type, entry.shape), out.size());
  std::vector<std::byte> gathered;
  if (!entry.strides.empty()) gathered = row_major_bytes(entry);
  const std::span<const std::byte> bytes = entry.strides.empty() ? entry.bytes : std::span<const std::byte>(gathered);
  switch (entry.type) {
    case TensorType::kF32:
      if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
      return;
    case TensorType::kF16:
      return convert_all<uint16_t>(bytes, out, half_to_float);
    case TensorType::kBf16:
      return convert_all<Bf16>(bytes, out, [](Bf16 x) { return static_cast<float>(x); });
    case TensorType::kF64:
      return convert_all<double>(bytes, out, [](double x) { return static_cast<float>(x); });
    default:
      fail(ErrorKind::kData, "{}: tensor {} is {}, not floating point", path_, detail::quoted_name(entry.name),
           detail::describe(entry.type, entry.shape));
  }
}

}  // namespace tagloom
