#pragma once
// Backbone features of a whole dataset in one file, so that a frozen CNN runs once and not in every epoch.
//
// The file, little-endian:
//   0   "TLFEATUR"   8 bytes
//   8   version      u32 (1)
//   12  key length   u32, bytes of the key's text
//   16  count        u64, rows
//   24  dimension    u64, floats a row
//   32  key          text; then zeros up to a multiple of 64
//       rows         float32 [count, dimension]
//       valid        u8 [count]: 0 where the picture could not be read, its row is zeros
//       checksum     u64, XXH64 of everything before it
//
// Nothing in it is believed: a file that is not exactly what its key says counts as absent.
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

// Everything that decides a feature's value. The file's name is a hash of it; the file holds all of it.
struct FeatureCacheKey {
  uint64_t weights = 0;   // hash of the backbone's weights and of all else that it is set to
  std::string backbone;   // "resnet50"
  std::string layer;      // "avgpool"
  std::string transform;  // fingerprint(settings, training)
  std::string precision;  // "fp32", "tf32" or "bf16"
  std::string device;     // "cpu" or "cuda": they round differently
  uint64_t dataset = 0;   // Dataset::content_hash()

  std::string text() const;                 // one "name=value" a line
  std::filesystem::path file_name() const;  // "features-resnet50-0123456789abcdef.bin"
};

// $TAGLOOM_CACHE, else $XDG_CACHE_HOME/tagloom, else ~/.cache/tagloom. Throws Error(kUsage) when none is set.
std::filesystem::path default_cache_folder();

class FeatureCache {
 public:
  // Nothing, and the reason in one sentence, where there is no such file or it cannot be trusted.
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

// Writes one; the file appears when commit() returns, and not at all if it is not reached. Folders are made
// as needed. Throws Error(kData) naming the file when the disk does not take it.
class FeatureCacheWriter {
 public:
  FeatureCacheWriter(const std::filesystem::path& file, const FeatureCacheKey& key, int64_t count, int64_t dimension);

  // Rows in increasing order; rows that are passed over are of pictures that could not be read.
  void add(int64_t row, std::span<const float> features);
  void commit();

 private:
  void write(std::span<const std::byte> bytes);
  void pass_over(int64_t to_row);

  int64_t count_, dimension_, next_ = 0;
  std::vector<uint8_t> valid_;
  std::vector<float> zeros_;
  Hash64 checksum_;
  AtomicFile out_;
};

}  // namespace tagloom
