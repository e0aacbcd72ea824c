#pragma once
// Writes tar shards in WebDataset's layout, each completely or not at all.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace tagloom {

class ShardWriter {
 public:
  // The next shard is `folder`/NAME-`number`.tar, with six digits.
  ShardWriter(std::filesystem::path folder, std::string name, int64_t number, int64_t shard_bytes);
  ~ShardWriter();

  // Adds KEY`extension` and KEY.json; begins a new shard before them if the current one would become larger than shard_bytes.
  void add(const std::string& key, const std::string& extension, std::span<const uint8_t> picture, const std::string& json);
  void finish();  // the last shard; without it, the shard that was being written is removed

 private:
  class Shard;

  std::filesystem::path folder_;
  std::string name_;
  int64_t number_, shard_bytes_;
  std::unique_ptr<Shard> shard_;
};

std::string shard_name(const std::string& name, int64_t number);  // "train-000012.tar"

}  // namespace tagloom
