// Recognises raw files by their first bytes or, if they are based on TIFF, by a directory that describes sensor data.
#include <cstring>
#include <string_view>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/tiff_structure.h"

namespace tagloom {
namespace {

constexpr uint32_t kDngVersion = 50706, kPhotometric = 262, kSubDirectories = 330;
constexpr uint32_t kColourFilterArray = 32803, kLinearRaw = 34892;

// Searches a directory and its subdirectories. Each step takes one from `left`, because the offsets may form a cycle, and a directory may
// claim billions of subdirectories.
bool describes_sensor(const TiffStructure& tiff, size_t directory, int depth, int& left) {
  while (directory != 0 && left-- > 0) {
    size_t next = 0;
    for (const TiffStructure::Entry& entry : tiff.entries(directory, next)) {
      const uint32_t value = tiff.value(entry);
      if (entry.tag == kDngVersion) return true;
      if (entry.tag == kPhotometric && (value == kColourFilterArray || value == kLinearRaw)) return true;
      if (entry.tag != kSubDirectories || depth == 0) continue;
      for (uint32_t i = 0; i < entry.count && left-- > 0; ++i) {
        if (describes_sensor(tiff, tiff.value(entry, i), depth - 1, left)) return true;
      }
    }
    directory = next;
  }
  return false;
}

}  // namespace

bool is_raw_file(std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto at = [&](size_t offset, std::string_view magic) {
    return text.size() > offset && text.substr(offset).starts_with(magic);
  };
  using std::string_view_literals::operator""sv;
  if (at(0, "FUJIFILMCCD-RAW") || at(4, "ftypcrx ") || at(6, "HEAPCCDR") || at(0, "\0MRM"sv)) return true;
  if (at(0, "IIRO") || at(0, "IIRS") || at(0, "MMOR") || at(0, "IIU\0"sv)) return true;  // Olympus, Panasonic and Leica
  if (at(0, "II*\0"sv) && at(8, "CR\2")) return true;                                    // Canon
  int steps = 64;
  const std::optional<TiffStructure> tiff = TiffStructure::open(bytes);
  return tiff && describes_sensor(*tiff, tiff->first_directory(), 2, steps);
}

}  // namespace tagloom
