#pragma once
// The safetensors format: named tensors in one file, validated completely before any tensor is used, written atomically. Layout:
// u64 little-endian header length, JSON header, data.
//   {"__metadata__": {"key": "text"}, "fc.bias": {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}, …}
//
// Every error is of kind kData and names the file, and the tensor if there is one.
#include <span>
#include <string>
#include <vector>

#include "engine/io/named_tensors.h"

namespace tagloom {

using SafetensorsType = TensorType;
using SafetensorsEntry = NamedTensor;
using SafetensorsMetadata = TensorMetadata;

// The metadata key under which write_safetensors() stores a hash of the whole content. open() verifies files that have it and
// accepts files without it, such as those of other programs.
inline constexpr const char* kSafetensorsChecksum = "tagloom.checksum";

// Rejects a header longer than 100 MB or than the file, JSON that is damaged, repeats a key or has anything beyond the format, an
// unknown dtype, a size that overflows or disagrees with its offsets, gaps, overlaps, trailing bytes, and a wrong checksum.
class Safetensors : public NamedTensors {
 public:
  static Safetensors open(const std::string& path);
  // The same checks on bytes that must outlive the result; messages use `name` for the file.
  static Safetensors parse(std::span<const std::byte> file, const std::string& name);

 private:
  using NamedTensors::NamedTensors;
  static Safetensors read(std::span<const std::byte> file, const std::string& name,
                          std::vector<std::shared_ptr<const void>> owners);
};

struct SafetensorsWriting {
  bool checksum = true;
};

// Writes PATH atomically (atomic_file.h). The same content gives the same file, byte for byte, for any order of entries: they are
// sorted by element size, largest first, then by name, which aligns them all. They must be row-major.
void write_safetensors(const std::string& path, std::vector<SafetensorsEntry> entries, SafetensorsMetadata metadata = {},
                       SafetensorsWriting how = {});

}  // namespace tagloom
