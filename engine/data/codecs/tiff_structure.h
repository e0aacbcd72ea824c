#pragma once
// Reads the directories of a TIFF structure in memory: TIFF files, EXIF data, and most raw files.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tagloom {

class TiffStructure {
 public:
  struct Entry {
    uint32_t tag = 0, type = 0, count = 0;
    size_t at = 0;  // position of the value, or of the offset of the values if they need more than 4 bytes
  };

  // Returns nothing if the bytes do not begin like a TIFF. BigTIFF is not supported.
  static std::optional<TiffStructure> open(std::span<const uint8_t> bytes);

  size_t first_directory() const { return read32(4); }
  // The entries of the directory at an offset, up to the first truncated one. Sets `next` to the offset of the next directory, or 0.
  std::vector<Entry> entries(size_t directory, size_t& next) const;
  // Value i of an entry of type BYTE, SHORT or LONG; 0 if it has none.
  uint32_t value(const Entry& entry, size_t i = 0) const;

 private:
  TiffStructure(std::span<const uint8_t> bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
  uint32_t read16(size_t at) const;
  uint32_t read32(size_t at) const;

  std::span<const uint8_t> bytes_;
  bool big_endian_;
};

}  // namespace tagloom
