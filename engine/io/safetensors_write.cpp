// Writes safetensors files: one pass lays out the tensors, one writes them, without copies.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/io/atomic_file.h"
#include "engine/io/hash.h"
#include "engine/io/safetensors_header.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Errors of the calling program, so of kind kUsage.
void check_writable(const std::vector<SafetensorsEntry>& entries, const SafetensorsMetadata& metadata, const std::string& path) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const SafetensorsEntry& entry = entries[i];
    const std::string name = detail::quoted_name(entry.name);
    TL_CHECK(entry.name != "__metadata__", "{}: a tensor may not be called {}", path, name);
    const int64_t bytes = detail::bytes_of(entry.type, entry.shape);
    TL_CHECK(bytes == static_cast<int64_t>(entry.bytes.size()), "{}: tensor {} is {} ({} bytes) but has {} bytes", path, name,
             detail::describe(entry.type, entry.shape), bytes, entry.bytes.size());
  }
  std::vector<std::string_view> names;
  for (const SafetensorsEntry& entry : entries) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  TL_CHECK(twice == names.end(), "{}: two tensors are called {}", path, detail::quoted_name(*twice));
  TL_CHECK(metadata.count(kSafetensorsChecksum) == 0, "{}: {} is computed on writing, leave it out", path, kSafetensorsChecksum);
}

std::string header_json(const std::vector<SafetensorsEntry>& entries, const SafetensorsMetadata& metadata,
                        const std::string& path) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  // Entry by entry: ordered_json searches its whole list for each key.
  std::string text;
  try {
    text = header.dump();
    text.pop_back();
    int64_t begin = 0;
    for (const SafetensorsEntry& entry : entries) {
      const int64_t end = begin + static_cast<int64_t>(entry.bytes.size());
      if (text.size() > 1) text += ',';
      text += nlohmann::json(entry.name).dump() + ":{\"dtype\":\"" + name_of(entry.type) +
              "\",\"shape\":" + nlohmann::json(entry.shape).dump() + ",\"data_offsets\":[" + std::to_string(begin) + ',' +
              std::to_string(end) + "]}";
      begin = end;
    }
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::kUsage, "{}: a tensor's name or a metadata text is not valid UTF-8", path);
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');  // aligns the data to 8 bytes
  TL_CHECK(static_cast<int64_t>(text.size()) <= detail::kMaxHeaderBytes,
           "{}: the header would have {} bytes, at most {} are allowed", path, text.size(), detail::kMaxHeaderBytes);
  return text;
}

}  // namespace

void write_safetensors(const std::string& path, std::vector<SafetensorsEntry> entries, SafetensorsMetadata metadata,
                       SafetensorsWriting how) {
  check_writable(entries, metadata, path);
  std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    const int64_t a_size = size_of(a.type), b_size = size_of(b.type);
    return a_size != b_size ? a_size > b_size : a.name < b.name;
  });
  if (how.checksum) {
    metadata[kSafetensorsChecksum] = hash_text(detail::safetensors_checksum(entries, metadata));
  }
  const std::string header = header_json(entries, metadata, path);
  const uint64_t length = header.size();
  int64_t total = static_cast<int64_t>(sizeof length + header.size());
  for (const SafetensorsEntry& entry : entries) total += static_cast<int64_t>(entry.bytes.size());

  AtomicFile file(path, total);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const SafetensorsEntry& entry : entries) file.write(entry.bytes);
  file.commit();
}

}  // namespace tagloom
