#pragma once
// Reads the pictures of a HEIC or AVIF file, and what each is made of, from its boxes.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/data/codecs/coded_size.h"

namespace tagloom {

struct HeifItem {
  std::string type = {};                               // "hvc1", "grid"
  std::vector<std::span<const uint8_t>> extents = {};  // its data, in order
  std::vector<uint32_t> needs = {};                    // the pictures needed to decode it, with repetitions
  bool located = false;
};

struct HeifItems {
  std::map<uint32_t, HeifItem> items = {};  // by ID
  CodedSize configured = {};                // the largest size in the decoders' configurations
};

// The pictures in each of the file's meta boxes. Throws if there are far more boxes than a camera writes, because libheif compares each with
// all others, or data that overlap so much that reading them takes far longer than the file's size suggests.
std::vector<HeifItems> read_heif_items(std::span<const uint8_t> heif, const std::string& name);

}  // namespace tagloom
