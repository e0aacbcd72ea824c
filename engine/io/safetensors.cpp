// Reads safetensors files: validates sizes, offsets and checksum before it returns any tensor.
#include "engine/io/safetensors.h"

#include <algorithm>
#include <cstring>

#include "engine/io/hash.h"
#include "engine/io/mapped_file.h"
#include "engine/io/safetensors_header.h"
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
  const auto file = std::make_shared<const MappedFile>(path);
  return read(file->bytes(), path, {file});
}

Safetensors Safetensors::parse(std::span<const std::byte> file, const std::string& name) { return read(file, name, {}); }

Safetensors Safetensors::read(std::span<const std::byte> file, const std::string& name,
                              std::vector<std::shared_ptr<const void>> owners) {
  const std::string_view text = header_text(file, name);
  detail::SafetensorsHeader header = detail::parse_safetensors_header(text, name);
  const std::span<const std::byte> data = file.subspan(static_cast<size_t>(kLengthBytes) + text.size());

  std::stable_sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;  // empty tensors first among equal begins
  });
  check_layout(header.entries, static_cast<int64_t>(data.size()), name);

  std::vector<SafetensorsEntry> entries;
  entries.reserve(header.entries.size());
  for (auto& entry : header.entries) {
    const auto bytes = data.subspan(static_cast<size_t>(entry.begin), static_cast<size_t>(entry.end - entry.begin));
    entries.push_back({std::move(entry.name), entry.type, std::move(entry.shape), bytes});
  }
  check_checksum(entries, header.metadata, name);
  return {name, std::move(entries), std::move(header.metadata), std::move(owners)};
}

}  // namespace tagloom
