// All reads are bounds-checked; a directory whose offset is beyond the data has no entries.
#include "engine/data/codecs/tiff_structure.h"

#include <algorithm>

namespace tagloom {

uint32_t TiffStructure::read16(size_t at) const {
  const uint32_t a = bytes_[at], b = bytes_[at + 1];
  return big_endian_ ? a << 8 | b : b << 8 | a;
}

uint32_t TiffStructure::read32(size_t at) const {
  return big_endian_ ? read16(at) << 16 | read16(at + 2) : read16(at + 2) << 16 | read16(at);
}

std::optional<TiffStructure> TiffStructure::open(std::span<const uint8_t> bytes) {
  if (bytes.size() < 8 || bytes[0] != bytes[1] || (bytes[0] != 'I' && bytes[0] != 'M')) return std::nullopt;
  const TiffStructure structure(bytes, bytes[0] == 'M');
  if (structure.read16(2) != 42) return std::nullopt;
  return structure;
}

std::vector<TiffStructure::Entry> TiffStructure::entries(size_t directory, size_t& next) const {
  constexpr size_t kEntry = 12;
  std::vector<Entry> entries;
  next = 0;
  if (directory > bytes_.size() - 2) return entries;
  const size_t count = read16(directory), begin = directory + 2;
  const size_t whole = std::min(count, (bytes_.size() - begin) / kEntry);
  for (size_t i = 0; i < whole; ++i) {
    const size_t at = begin + i * kEntry;
    entries.push_back({read16(at), read16(at + 2), read32(at + 4), at + 8});
  }
  if (whole == count && begin + count * kEntry + 4 <= bytes_.size()) next = read32(begin + count * kEntry);
  return entries;
}

uint32_t TiffStructure::value(const Entry& entry, size_t i) const {
  const size_t size = entry.type == 1 ? 1 : entry.type == 3 ? 2 : entry.type == 4 || entry.type == 13 ? 4 : 0;
  if (size == 0 || i >= entry.count) return 0;
  const size_t first = size * entry.count <= 4 ? entry.at : read32(entry.at);
  if (first > bytes_.size() || (bytes_.size() - first) / size <= i) return 0;
  const size_t at = first + i * size;
  return size == 1 ? bytes_[at] : size == 2 ? read16(at) : read32(at);
}

}  // namespace tagloom
