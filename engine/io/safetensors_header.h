#pragma once
// The JSON header of a safetensors file, read strictly; used by safetensors.cpp only.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/safetensors.h"

namespace tagloom::detail {

inline constexpr int64_t kMaxHeaderBytes = 100'000'000;

struct SafetensorsHeaderEntry {
  std::string name;
  SafetensorsType type;
  std::vector<int64_t> shape;
  int64_t begin = 0, end = 0;  // of its data, from the end of the header
};

struct SafetensorsHeader {
  std::vector<SafetensorsHeaderEntry> entries;  // as written
  SafetensorsMetadata metadata;
};

// Syntax only: keys, types, no duplicates, nothing unknown, numbers that fit. Throws kData.
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& path);

// "64x64x1x1 F32", "scalar F32"
std::string describe(SafetensorsType type, const std::vector<int64_t>& shape);
// Bytes of such a tensor, or -1 when the product does not fit in 63 bits.
int64_t bytes_of(SafetensorsType type, const std::vector<int64_t>& shape);
// A name from a file as it may stand in a message: quoted, control characters escaped, cut when very long.
std::string quoted_name(std::string_view name);

uint64_t safetensors_checksum(const std::vector<SafetensorsEntry>& entries, const SafetensorsMetadata& metadata);

}  // namespace tagloom::detail
