#pragma once
// A pack: pictures in tar shards of WebDataset's layout, which are mapped into memory, and where each picture is in them.
//
// A shard contains, for each picture, KEY.jpg and KEY.json: {"path": "photos/a.jpg", "tags": ["sky", "sea"]}. A pack that tagdata wrote is a
// folder with its shards, an index (pack_index.h) and pack.json (packed_size.h). Other tar files are read as WebDataset does (pack_scan.h).
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/growing_array.h"
#include "engine/data/dataset.h"
#include "engine/data/manifest.h"
#include "engine/data/packs/packed_size.h"
#include "engine/io/mapped_file.h"

namespace tagloom {

inline constexpr const char* kPackIndex = "index.safetensors";
inline constexpr uint64_t kTarBlock = 512;

class Pack {
 public:
  struct Place {
    uint32_t block, size;  // where the picture's file begins in its shard, in blocks of 512 bytes, and its bytes
  };
  struct Shard {
    std::filesystem::path file;
    MappedFile mapped;
    size_t first = 0;   // the first picture in it
    uint64_t hash = 0;  // of its bytes, if the index has it
  };

  // Maps the shard. The pictures that follow are in it.
  const Shard& add_shard(const std::filesystem::path& file);
  // Throws Error(kData) unless the place is within the last shard.
  void add_picture(Place place);
  void set_shard_hash(size_t shard, uint64_t hash) { shards_[shard].hash = hash; }

  size_t size() const { return places_.size(); }
  std::span<const uint8_t> picture(size_t index) const;
  // The same with a name for messages: "packs/train/train-000000.tar: photos/a.jpg".
  PictureContent content(size_t index, std::string_view path) const;
  const std::vector<Shard>& shards() const { return shards_; }
  std::span<const Place> places() const { return places_; }

  std::optional<PackedSize> packed_size;  // empty if the pack has no pack.json

 private:
  const Shard& shard_with(size_t index) const;

  std::vector<Shard> shards_;
  GrowingArray<Place> places_;
};

// Whether data.train and the like name a pack: a folder, its index, a .tar file, or several: shards/train-{000000..000009}.tar.
bool names_pack(const std::filesystem::path& file);

// The pack's pictures as a manifest that has the pack; rows are numbered from 1 in place of lines. Without an index the shards are
// scanned. Throws Error(kData) for shards and indices that are damaged, do not belong together, or are not finished.
Manifest read_pack(const std::filesystem::path& file);

// Throws Error(kUsage) if the manifest is a pack, for work that needs pictures in files of their own.
void require_files(const std::filesystem::path& manifest, const Pack* pack);

PictureContent read_content(const std::filesystem::path& file);

// The picture of row `row`, from the manifest's pack or its file. Throws Error(kData) if the file cannot be read.
PictureContent content_of(const Manifest& manifest, size_t row);

// The files that a pattern with one or more {first..last} names, in order. Throws Error(kData) for a pattern that is not one.
std::vector<std::filesystem::path> expand_shard_pattern(const std::string& pattern);

// The same, from a folder's shards alone, without its index and whether or not the pack is finished.
Manifest scan_pack(const std::filesystem::path& folder);

}  // namespace tagloom
