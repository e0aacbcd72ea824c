#pragma once
// A strict parser for the JSON header of a safetensors file; used by safetensors.cpp only.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/safetensors.h"

namespace tagloom::detail {

inline constexpr int64_t kMaxHeaderBytes = 100'000'000;
inline constexpr const char* kDamaged = "the file is damaged: use another copy";

struct SafetensorsHeaderEntry {
  std::string name;
  SafetensorsType type;
  std::vector<int64_t> shape;
  int64_t begin = 0, end = 0;  // byte offsets of the data, from the end of the header
};

struct SafetensorsHeader {
  std::vector<SafetensorsHeaderEntry> entries;  // in file order
  SafetensorsMetadata metadata;
};

// Checks syntax only: keys, types, duplicates, unknown fields, ranges of numbers. Throws kData.
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& path);

// "64x64x1x1 F32", "scalar F32"
std::string describe(SafetensorsType type, const std::vector<int64_t>& shape);
// Size of such a tensor in bytes, or -1 if it does not fit in 63 bits.
int64_t bytes_of(SafetensorsType type, const std::vector<int64_t>& shape);
// A name from a file made safe for messages: quoted, control characters escaped, truncated if very long.
std::string quoted_name(std::string_view name);

uint64_t safetensors_checksum(const std::vector<SafetensorsEntry>& entries, const SafetensorsMetadata& metadata);

}  // namespace tagloom::detail
