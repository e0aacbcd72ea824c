// Reads safetensors files: validates sizes, offsets and checksum before it returns any tensor.
#include "engine/io/safetensors.h"

#include <algorithm>
#include <cstring>

#include "engine/core/closest_match.h"
#include "engine/io/hash.h"
#include "engine/io/safetensors_header.h"
#include "kernels/base/bfloat16.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using detail::kDamaged;
constexpr int64_t kLengthBytes = 8;

std::string_view header_text(std::span<const std::byte> file, const std::string& path) {
  const int64_t size = static_cast<int64_t>(file.size());
  TL_CHECK_AS(ErrorKind::kData, size > kLengthBytes, "{}: not a safetensors file: it has only {} bytes", path, size);
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  TL_CHECK_AS(ErrorKind::kData, length <= static_cast<uint64_t>(detail::kMaxHeaderBytes),
              "{}: not a safetensors file: its header length is {} bytes, at most {} are allowed", path, length,
              detail::kMaxHeaderBytes);
  TL_CHECK_AS(ErrorKind::kData, static_cast<int64_t>(length) <= size - kLengthBytes,
              "{}: its header should have {} bytes, but the file ends after {}: {}", path, length, size - kLengthBytes, kDamaged);
  return {reinterpret_cast<const char*>(file.data()) + kLengthBytes, static_cast<size_t>(length)};
}

// In order, the offsets must tile the data exactly, and each tile must have the size that its shape and type require.
void check_layout(const std::vector<detail::SafetensorsHeaderEntry>& entries, int64_t data_bytes, const std::string& path) {
  int64_t reached = 0;
  for (const auto& entry : entries) {
    const std::string name = detail::quoted_name(entry.name);
    TL_CHECK_AS(ErrorKind::kData, entry.begin <= entry.end, "{}: tensor {} ends at {}, before it begins at {}: {}", path, name,
                entry.end, entry.begin, kDamaged);
    TL_CHECK_AS(ErrorKind::kData, entry.begin >= reached, "{}: tensor {} overlaps the one before it: {}", path, name, kDamaged);
    TL_CHECK_AS(ErrorKind::kData, entry.begin == reached, "{}: {} bytes before tensor {} belong to nothing: {}", path,
                entry.begin - reached, name, kDamaged);
    TL_CHECK_AS(ErrorKind::kData, entry.end <= data_bytes, "{}: tensor {} ends at byte {}, but the file has {} bytes of data: {}",
                path, name, entry.end, data_bytes, kDamaged);
    const int64_t bytes = detail::bytes_of(entry.type, entry.shape);
    TL_CHECK_AS(ErrorKind::kData, bytes >= 0, "{}: tensor {} is {}, larger than any file: {}", path, name,
                detail::describe(entry.type, entry.shape), kDamaged);
    TL_CHECK_AS(ErrorKind::kData, bytes == entry.end - entry.begin,
                "{}: tensor {} is {} ({} bytes) but its offsets span {} bytes: {}", path, name,
                detail::describe(entry.type, entry.shape), bytes, entry.end - entry.begin, kDamaged);
    reached = entry.end;
  }
  TL_CHECK_AS(ErrorKind::kData, reached == data_bytes, "{}: {} bytes after the last tensor belong to nothing: {}", path,
              data_bytes - reached, kDamaged);
}

void check_checksum(const std::vector<SafetensorsEntry>& entries, const SafetensorsMetadata& metadata, const std::string& path) {
  const auto stored = metadata.find(kSafetensorsChecksum);
  if (stored == metadata.end()) return;
  const std::string found = hash_text(detail::safetensors_checksum(entries, metadata));
  TL_CHECK_AS(ErrorKind::kData, stored->second == found, "{}: its content has checksum {}, but it was saved with {}: {}", path,
              found, detail::quoted_name(stored->second), kDamaged);
}

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

namespace detail {

uint64_t safetensors_checksum(const std::vector<SafetensorsEntry>& entries, const SafetensorsMetadata& metadata) {
  Hash64 hash;
  for (const auto& [key, text] : metadata) {
    if (key != kSafetensorsChecksum) hash.add_field(key).add_field(text);
  }
  std::vector<const SafetensorsEntry*> by_name;  // makes the checksum independent of the order of the data
  for (const SafetensorsEntry& entry : entries) by_name.push_back(&entry);
  std::sort(by_name.begin(), by_name.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  for (const SafetensorsEntry* entry : by_name) {
    hash.add_field(entry->name).add_field(name_of(entry->type)).add_number(entry->shape.size());
    for (const int64_t size : entry->shape) hash.add_number(static_cast<uint64_t>(size));
    hash.add(entry->bytes);
  }
  return hash.digest();
}

}  // namespace detail

Safetensors Safetensors::open(const std::string& path) {
  MappedFile file(path);
  Safetensors result = parse(file.bytes(), path);
  result.file_ = std::move(file);
  return result;
}

Safetensors Safetensors::parse(std::span<const std::byte> file, const std::string& name) {
  const std::string_view text = header_text(file, name);
  detail::SafetensorsHeader header = detail::parse_safetensors_header(text, name);
  const std::span<const std::byte> data = file.subspan(static_cast<size_t>(kLengthBytes) + text.size());

  std::stable_sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;  // empty tensors first among equal begins
  });
  check_layout(header.entries, static_cast<int64_t>(data.size()), name);

  Safetensors result;
  result.path_ = name;
  result.metadata_ = std::move(header.metadata);
  result.entries_.reserve(header.entries.size());
  for (auto& entry : header.entries) {
    const auto bytes = data.subspan(static_cast<size_t>(entry.begin), static_cast<size_t>(entry.end - entry.begin));
    result.entries_.push_back({std::move(entry.name), entry.type, std::move(entry.shape), bytes});
  }
  check_checksum(result.entries_, result.metadata_, name);
  for (size_t i = 0; i < result.entries_.size(); ++i) result.by_name_.emplace(result.entries_[i].name, i);
  return result;
}

const SafetensorsEntry* Safetensors::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &entries_[at->second];
}

const SafetensorsEntry& Safetensors::require(std::string_view name) const {
  if (const SafetensorsEntry* entry = find(name)) return *entry;
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : entries_) names.push_back(entry.name);
  fail(ErrorKind::kData, "{}: has no tensor {}{}", path_, detail::quoted_name(name), did_you_mean(name, names));
}

std::vector<float> Safetensors::to_floats(const SafetensorsEntry& entry) const {
  std::vector<float> values(entry.bytes.size() / static_cast<size_t>(size_of(entry.type)));
  to_floats(entry, values);
  return values;
}

void Safetensors::to_floats(const SafetensorsEntry& entry, std::span<float> out) const {
  TL_CHECK(out.size() * static_cast<size_t>(size_of(entry.type)) == entry.bytes.size(),
           "{}: tensor {} is {}, but {} values were requested", path_, detail::quoted_name(entry.name),
           detail::describe(entry.type, entry.shape), out.size());
  switch (entry.type) {
    case SafetensorsType::kF32:
      if (!out.empty()) std::memcpy(out.data(), entry.bytes.data(), entry.bytes.size());
      return;
    case SafetensorsType::kF16:
      return convert_all<uint16_t>(entry.bytes, out, half_to_float);
    case SafetensorsType::kBf16:
      return convert_all<Bf16>(entry.bytes, out, [](Bf16 x) { return static_cast<float>(x); });
    case SafetensorsType::kF64:
      return convert_all<double>(entry.bytes, out, [](double x) { return static_cast<float>(x); });
    default:
      fail(ErrorKind::kData, "{}: tensor {} is {}, not floating point", path_, detail::quoted_name(entry.name),
           detail::describe(entry.type, entry.shape));
  }
}

}  // namespace tagloom
