// Visits the pictures after those they depend on (Kahn's algorithm).
#include "engine/data/codecs/heif_structure.h"

#include <algorithm>
#include <map>
#include <vector>

#include "engine/data/codecs/heif_items.h"
#include "engine/data/codecs/image_codecs.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// A grid of coded pictures with an alpha channel, cropped or overlaid, has 4 levels.
constexpr int kMostLevels = 16;
// The pixels that may be decoded for one picture: those of its tiles, and of an alpha channel.
constexpr int64_t kMostDecodedPixels = 2 * kMostPixels;
constexpr int64_t kLeastDecodedPixels = 4096;  // that any picture counts for, because each takes some time
constexpr int64_t kMostKeptFrames = 16;        // HEVC decoders keep up to 16 frames, AV1 decoders 8

std::vector<uint8_t> heif_data_of(const HeifItem& item) {
  std::vector<uint8_t> data;
  for (const std::span<const uint8_t> extent : item.extents) data.insert(data.end(), extent.begin(), extent.end());
  return data;
}

// The canvas of a grid or overlay (ISO/IEC 23008-12, 6.6.2): its size follows a number of bytes that depends on the type.
CodedSize heif_canvas_of(const std::vector<uint8_t>& data, size_t at) {
  const auto read = [&](size_t first, size_t count) {
    int64_t value = 0;
    for (size_t i = first; i < first + count; ++i) value = value << 8 | (i < data.size() ? data[i] : 0);
    return value;
  };
  const size_t width = (read(1, 1) & 1) != 0 ? 4 : 2;
  CodedSize size;
  size.width = read(at, width);
  size.height = read(at + width, width);
  return size;
}

CodedSize heif_size_of(const HeifItem& item) {
  if (item.type == "grid") return heif_canvas_of(heif_data_of(item), 4);
  if (item.type == "iovl") return heif_canvas_of(heif_data_of(item), 10);
  if (item.type == "av01") return av1_size(heif_data_of(item));
  if (item.type == "hvc1") return hevc_size(heif_data_of(item));
  return {};
}

struct HeifNode {
  std::vector<uint32_t> dependants = {};
  size_t pending = 0;  // pictures it needs that are not visited yet
  int level = 1;
  int64_t decoded = 0;  // pixels, with those of the pictures it needs
};

using HeifNodes = std::map<uint32_t, HeifNode>;  // by ID

HeifNodes nodes_of(const HeifItems& found, HeifDemand& demand, const std::string& name) {
  HeifNodes nodes;
  for (const auto& [id, item] : found.items) {
    CodedSize size = heif_size_of(item);
    // libheif would use the header in the file's av1C box, which decoders of AVIF need not do.
    TL_CHECK_AS(ErrorKind::kData, !size.unsized, "{}: is damaged: its AV1 data begin without a sequence header", name);
    if (item.type == "av01" || item.type == "hvc1") size.add(found.configured);
    if (size.width > 0 || size.height > 0) check_picture_size(size.width, size.height, name);
    if (size.width * size.height > demand.width * demand.height) {
      demand.width = size.width;
      demand.height = size.height;
    }
    demand.deep |= size.deep;
    demand.frames = std::max(demand.frames, std::min(size.frames, kMostKeptFrames));
    nodes[id].decoded = std::max(size.width * size.height * std::max<int64_t>(size.frames, 1), kLeastDecodedPixels);
    for (const uint32_t needed : item.needs) {
      if (!found.items.contains(needed)) continue;
      nodes[needed].dependants.push_back(id);
      ++nodes[id].pending;
    }
  }
  return nodes;
}

void check_dependencies(HeifNodes nodes, const std::string& name) {
  std::vector<uint32_t> ready;
  for (const auto& [id, node] : nodes) {
    if (node.pending == 0) ready.push_back(id);
  }
  for (size_t visited = 0; visited < ready.size(); ++visited) {
    const HeifNode& node = nodes.at(ready[visited]);
    TL_CHECK_AS(ErrorKind::kData, node.level <= kMostLevels,
                "{}: is damaged: its pictures refer to each other in more than {} levels", name, kMostLevels);
    TL_CHECK_AS(ErrorKind::kData, node.decoded <= kMostDecodedPixels,
                "{}: is damaged: one of its pictures is made of {} million pixels of others", name, node.decoded / 1000000);
    for (const uint32_t id : node.dependants) {
      HeifNode& dependant = nodes.at(id);
      dependant.level = std::max(dependant.level, node.level + 1);
      dependant.decoded += node.decoded;
      if (--dependant.pending == 0) ready.push_back(id);
    }
  }
  TL_CHECK_AS(ErrorKind::kData, ready.size() == nodes.size(), "{}: is damaged: its pictures refer to each other in a cycle",
              name);
}

}  // namespace

HeifDemand check_heif_structure(std::span<const uint8_t> heif, const std::string& name) {
  HeifDemand demand;
  for (const HeifItems& found : read_heif_items(heif, name)) check_dependencies(nodes_of(found, demand, name), name);
  return demand;
}

}  // namespace tagloom
