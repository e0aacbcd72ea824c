#pragma once
// Caches the backbone features of a whole dataset in one file, so that a frozen CNN runs once instead of in every epoch.
//
// The file, little-endian:
//   0   "TLFEATUR"   8 bytes
//   8   version      u32 (2)
//   12  key length   u32, length of the key's text in bytes
//   16  count        u64, rows
//   24  dimension    u64, floats per row
//   32  key          text; then zeros up to a multiple of 64
//       rows         float32 [count, dimension]
//       valid        u8 [count]: 0 if the picture could not be read, its row is zeros
//       checksum     u64, XXH64 of everything before it
//
// The reader trusts nothing: a file that does not match its key exactly counts as absent. In version 1, which has the same layout,
// an I/O error could mark a picture as unreadable, so such a file is used only if all of its rows are valid.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/io/atomic_file.h"
#include "engine/io/hash.h"
#include "engine/io/mapped_file.h"

namespace tagloom {

// Everything that determines the features. The file's name contains its hash, and the file contains all of it.
struct FeatureCacheKey {
  uint64_t weights = 0;   // hash of the backbone's weights and settings
  std::string backbone;   // "resnet50"
  std::string layer;      // "avgpool"
  std::string transform;  // fingerprint(settings, training)
  std::string precision;  // "fp32", "tf32" or "bf16"
  std::string device;     // "cpu" or "cuda": they round differently
  uint64_t dataset = 0;   // Dataset::content_hash()

  std::string text() const;                 // one "name=value" per line
  std::filesystem::path file_name() const;  // "features-resnet50-0123456789abcdef.bin"
};

// $TAGLOOM_CACHE, else $XDG_CACHE_HOME/tagloom, else ~/.cache/tagloom. Throws Error(kUsage) if none of them is set.
std::filesystem::path default_cache_folder();

// Creates the folder and writes a file in it, which it removes again. Throws Error(kData) if that fails.
void try_cache_folder(const std::filesystem::path& folder);

class FeatureCache {
 public:
  // Empty if the file is missing or invalid; then sets `reason` to one sentence.
  static std::optional<FeatureCache> open(const std::filesystem::path& file, const FeatureCacheKey& key, std::string& reason);

  int64_t count() const { return count_; }
  int64_t dimension() const { return dimension_; }
  bool valid(int64_t row) const { return valid_[static_cast<size_t>(row)] != 0; }
  std::span<const float> row(int64_t row) const {
    return rows_.subspan(static_cast<size_t>(row * dimension_), static_cast<size_t>(dimension_));
  }
  std::span<const float> rows() const { return rows_; }  // [count, dimension]

 private:
  MappedFile file_;
  int64_t count_ = 0, dimension_ = 0;
  std::span<const float> rows_;
  std::span<const uint8_t> valid_;
};

// Writes a cache; the file appears only in commit(). Creates folders as needed. Throws Error(kData) naming the file if it cannot
// be written.
class FeatureCacheWriter {
 public:
  FeatureCacheWriter(const std::filesystem::path& file, const FeatureCacheKey& key, int64_t count, int64_t dimension);

  // Rows in increasing order; a skipped row means that its picture could not be read.
  void add(int64_t row, std::span<const float> features);
  void commit();

 private:
  void write(std::span<const std::byte> bytes);
  void skip_to(int64_t row);

  int64_t count_, dimension_, next_ = 0;
  std::vector<uint8_t> valid_;
  Hash64 checksum_;
  AtomicFile out_;
};

}  // namespace tagloom
