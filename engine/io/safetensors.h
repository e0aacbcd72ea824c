#pragma once
// The safetensors format: named tensors in one file, validated completely before any tensor is used, written atomically. Layout:
// u64 little-endian header length, JSON header, data.
//   {"__metadata__": {"key": "text"}, "fc.bias": {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}, …}
//
// Every error is of kind kData and names the file, and the tensor if there is one.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/io/mapped_file.h"

namespace tagloom {

enum class SafetensorsType { kF64, kF32, kF16, kBf16, kI64, kI32, kI16, kI8, kU64, kU32, kU16, kU8, kBool };

const char* name_of(SafetensorsType type);  // "F32", as in the file
int64_t size_of(SafetensorsType type);      // bytes of one element

struct SafetensorsEntry {
  std::string name;
  SafetensorsType type = SafetensorsType::kF32;
  std::vector<int64_t> shape;        // empty: one element
  std::span<const std::byte> bytes;  // row-major, little-endian; may be unaligned in other programs' files
};

using SafetensorsMetadata = std::map<std::string, std::string>;

// The metadata key under which write_safetensors() stores a hash of the whole content. open() verifies files that have it and
// accepts files without it, such as those of other programs.
inline constexpr const char* kSafetensorsChecksum = "tagloom.checksum";

// Rejects a header longer than 100 MB or than the file, JSON that is damaged, repeats a key or has anything beyond the format, an
// unknown dtype, a size that overflows or disagrees with its offsets, gaps, overlaps, trailing bytes, and a wrong checksum.
class Safetensors {
 public:
  static Safetensors open(const std::string& path);
  // The same checks on bytes that must outlive the result; messages use `name` for the file.
  static Safetensors parse(std::span<const std::byte> file, const std::string& name);

  const std::vector<SafetensorsEntry>& entries() const { return entries_; }  // in the order of their data
  const SafetensorsMetadata& metadata() const { return metadata_; }
  const std::string& path() const { return path_; }

  const SafetensorsEntry* find(std::string_view name) const;     // null if absent
  const SafetensorsEntry& require(std::string_view name) const;  // throws if absent

  // F32, F16, BF16 and F64 (rounded) as floats; other types throw. The size of `out` must be the number of elements.
  std::vector<float> to_floats(const SafetensorsEntry& entry) const;
  void to_floats(const SafetensorsEntry& entry, std::span<float> out) const;

 private:
  std::string path_;
  MappedFile file_;
  std::vector<SafetensorsEntry> entries_;
  SafetensorsMetadata metadata_;
  std::unordered_map<std::string_view, size_t> by_name_;  // views into entries_
};

struct SafetensorsWriting {
  bool checksum = true;
};

// Writes PATH atomically (atomic_file.h). The same content gives the same file, byte for byte, for any order of entries: they are
// sorted by element size, largest first, then by name, which aligns them all.
void write_safetensors(const std::string& path, std::vector<SafetensorsEntry> entries, SafetensorsMetadata metadata = {},
                       SafetensorsWriting how = {});

}  // namespace tagloom
