// Builds the reference graph from the iref box (ISO/IEC 14496-12, 8.11.12).
#include "engine/data/codecs/heif_references.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

namespace tagloom {
namespace {

uint64_t read_big(std::span<const uint8_t> bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | (at + i < bytes.size() ? bytes[at + i] : 0);
  return value;
}

// Calls visit(type, contents) for each box in the bytes.
template <class Visit>
void for_each_box(std::span<const uint8_t> bytes, const Visit& visit) {
  for (size_t at = 0; at + 8 <= bytes.size();) {
    uint64_t size = read_big(bytes, at, 4);
    const size_t header = size == 1 ? 16 : 8;
    if (size == 1) size = read_big(bytes, at + 8, 8);
    const uint64_t left = bytes.size() - at;
    if (size == 0 || size > left) size = left;
    if (size < header) return;
    visit(bytes.subspan(at + 4, 4), bytes.subspan(at + header, static_cast<size_t>(size) - header));
    at += static_cast<size_t>(size);
  }
}

bool is_box(std::span<const uint8_t> type, const char* name) { return std::memcmp(type.data(), name, 4) == 0; }

using Edges = std::map<uint64_t, std::vector<uint64_t>>;  // from a picture to the pictures needed to decode it

void read_references(std::span<const uint8_t> iref, Edges& edges) {
  if (iref.size() < 4) return;
  const size_t width = iref[0] == 0 ? 2 : 4;
  for_each_box(iref.subspan(4), [&](std::span<const uint8_t> type, std::span<const uint8_t> contents) {
    const uint64_t from = read_big(contents, 0, width);
    const uint64_t count = std::min<uint64_t>(read_big(contents, width, 2), contents.size() / width);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t to = read_big(contents, width + 2 + static_cast<size_t>(i) * width, width);
      if (is_box(type, "dimg")) edges[from].push_back(to);
      if (is_box(type, "auxl")) edges[to].push_back(from);  // the alpha channel of a picture
    }
  });
}

// Repeatedly removes pictures that depend on no remaining one; what is left depends on a cycle.
bool has_cycle(Edges edges) {
  for (bool removed = true; removed && !edges.empty();) {
    removed =
        std::erase_if(edges, [&](const auto& picture) {
          return std::none_of(picture.second.begin(), picture.second.end(), [&](uint64_t to) { return edges.contains(to); });
        }) > 0;
  }
  return !edges.empty();
}

}  // namespace

bool has_circular_references(std::span<const uint8_t> heif) {
  Edges edges;
  for_each_box(heif, [&](std::span<const uint8_t> type, std::span<const uint8_t> contents) {
    if (!is_box(type, "meta") || contents.size() < 4) return;
    for_each_box(contents.subspan(4), [&](std::span<const uint8_t> inner, std::span<const uint8_t> box) {
      if (is_box(inner, "iref")) read_references(box, edges);
    });
  });
  return has_cycle(std::move(edges));
}

}  // namespace tagloom
