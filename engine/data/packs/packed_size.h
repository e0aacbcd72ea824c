#pragma once
// How the pictures of a pack were resized before they were packed. The pack's folder records it in "pack.json", which is named
// "pack.unfinished" until the pack is complete.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/data/transform.h"

namespace tagloom {

inline constexpr const char* kPackSettings = "pack.json";
inline constexpr const char* kUnfinishedPack = "pack.unfinished";

// Pictures that were smaller were not resized.
struct PackedSize {
  int64_t size = 256;  // kShortSide: of the shorter side; kSquash: of both
  Resize resize = Resize::kShortSide;
  Interpolation interpolation = Interpolation::kBilinear;
};

// From the folder's pack.json; nothing if it has none. Throws Error(kData) for one that is damaged.
std::optional<PackedSize> read_packed_size(const std::filesystem::path& folder);

// Throws Error(kUsage) unless the transform can be computed from the packed pictures as from larger ones.
void check_fits(const PackedSize& packed, const TransformOptions& transform, const std::string& pack);

}  // namespace tagloom
