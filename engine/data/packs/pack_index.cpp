#include "engine/data/packs/pack_index.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "engine/data/formats/text_lines.h"
#include "engine/data/packs/pack_scan.h"
#include "engine/io/folder.h"
#include "engine/io/hash.h"
#include "engine/io/safetensors.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char kVersion[] = "tagloom.pack", kShards[] = "tagloom.shards";

class IndexReader {
 public:
  explicit IndexReader(const fs::path& folder)
      : folder_(folder),
        name_((folder / kPackIndex).string()),
        mapped_(name_),
        tensors_(Safetensors::parse(mapped_.bytes(), name_)),
        pack_(std::make_shared<Pack>()) {}

  Manifest read() {
    const std::string version = metadata(kVersion);
    check(version == "1", "its version is {}, this program reads version 1", printable(version));
    manifest_.file = folder_;
    manifest_.content_hash = hash_bytes(mapped_.bytes());
    mapped_.release(mapped_.bytes().data(), mapped_.bytes().data() + mapped_.bytes().size());
    read_tag_names();
    read_rows();
    read_shards();
    manifest_.pack = pack_;
    return std::move(manifest_);
  }

 private:
  template <class... Values>
  void check(bool right, const char* pattern, const Values&... values) const {
    TL_CHECK_AS(ErrorKind::kData, right, "{}: {}: write it again with tagdata pack {} --index", name_, format(pattern, values...),
                folder_.string());
  }

  std::string metadata(const char* key) const {
    const auto found = tensors_.metadata().find(key);
    check(found != tensors_.metadata().end(), "it has no {} in its metadata", key);
    return found->second;
  }

  template <class Value>
  std::span<const Value> values(const char* name, SafetensorsType type) const {
    const SafetensorsEntry* entry = tensors_.find(name);
    check(entry != nullptr, "it has no {}", name);
    const bool aligned = reinterpret_cast<uintptr_t>(entry->bytes.data()) % alignof(Value) == 0;
    check(entry->type == type && entry->shape.size() == 1 && aligned, "{} is not an aligned list of {}", name, name_of(type));
    return {reinterpret_cast<const Value*>(entry->bytes.data()), entry->bytes.size() / sizeof(Value)};
  }

  void read_tag_names() {
    const auto bytes = values<char>("tag_names", SafetensorsType::kU8);
    TextLines lines({bytes.data(), bytes.size()}, name_ + ": tag_names");
    std::unordered_set<std::string> known;
    while (lines.next()) {
      const std::string tag(lines.line());
      check(!tag.empty() && trim(tag) == tag && known.insert(tag).second, "tag {} is empty or repeated", lines.number());
      manifest_.tag_names.push_back(tag);
    }
  }

  void read_rows() {
    const auto paths = values<char>("paths", SafetensorsType::kU8);
    const auto tags = values<int32_t>("tags", SafetensorsType::kI32);
    const auto lengths = values<uint32_t>("path_lengths", SafetensorsType::kU32);
    const auto counts = values<uint32_t>("tag_counts", SafetensorsType::kU32);
    check(lengths.size() == counts.size(), "it has {} paths and the tags of {} pictures", lengths.size(), counts.size());
    std::vector<size_t> last_row(manifest_.tag_names.size());  // with each tag, from 1
    size_t path = 0, tag = 0, released = 0;
    for (size_t row = 0; row < lengths.size(); ++row) {
      check(lengths[row] > 0 && lengths[row] <= paths.size() - path && counts[row] <= tags.size() - tag,
            "its paths or tags end before picture {}", row + 1);
      const std::string_view text(paths.data() + path, lengths[row]);
      check(text.find('\0') == text.npos, "the path of picture {} contains a zero byte", row + 1);
      for (const int32_t id : tags.subspan(tag, counts[row])) {
        const auto at = static_cast<size_t>(id);
        check(id >= 0 && at < last_row.size() && last_row[at] != row + 1, "a tag of picture {} is unknown or repeated", row + 1);
        last_row[at] = row + 1;
        manifest_.rows.add_tag(id);
      }
      manifest_.rows.add(text, static_cast<int64_t>(row) + 1);
      path += lengths[row];
      tag += counts[row];
      if (path - released < kReleasedAtOnce) continue;
      mapped_.release(paths.data(), paths.data() + path);
      mapped_.release(tags.data(), tags.data() + tag);
      mapped_.release(lengths.data(), lengths.data() + row);
      mapped_.release(counts.data(), counts.data() + row);
      released = path;
    }
    check(path == paths.size() && tag == tags.size(), "it has more paths or tags than pictures");
    release(std::as_bytes(paths)), release(std::as_bytes(tags)), release(std::as_bytes(lengths)), release(std::as_bytes(counts));
  }

  void read_shards() {
    const auto blocks = values<uint32_t>("blocks", SafetensorsType::kU32);
    const auto sizes = values<uint32_t>("sizes", SafetensorsType::kU32);
    const size_t pictures = manifest_.rows.size();
    check(blocks.size() == pictures && sizes.size() == pictures, "it has {} paths and the places of {} pictures", pictures,
          blocks.size());
    const json shards = json::parse(metadata(kShards), nullptr, false);
    check(shards.is_array(), "{} is not a JSON array", kShards);
    size_t at = 0;
    for (const json& shard : shards) {
      const fs::path file = add_shard(shard);
      const uint64_t count = number(shard, "pictures");
      check(count <= pictures - at, "{} should have more pictures than there are", file.string());
      for (const size_t end = at + count; at < end; ++at) pack_->add_picture({blocks[at], sizes[at]});
    }
    check(at == pictures, "its shards have {} pictures, its lists {}", at, pictures);
    release(std::as_bytes(blocks)), release(std::as_bytes(sizes));
  }

  fs::path add_shard(const json& shard) {
    check(shard.is_object() && shard.contains("file") && shard["file"].is_string(), "a shard has no file");
    const fs::path name = shard["file"].get<std::string>();
    check(name.has_filename() && name == name.filename() && name.extension() == ".tar", "{} is not the name of a .tar file",
          printable(name.string()));
    const uint64_t bytes = number(shard, "bytes"), found = pack_->add_shard(folder_ / name).mapped.bytes().size();
    check(found == bytes, "{} has {} bytes, not {}: if it is as it should be", name.string(), found, bytes);
    const auto hash = shard.find("hash");
    if (hash != shard.end() && hash->is_string())
      pack_->set_shard_hash(pack_->shards().size() - 1, std::strtoull(hash->get<std::string>().c_str(), nullptr, 16));
    return name;
  }

  uint64_t number(const json& object, const char* key) const {
    const auto found = object.find(key);
    check(found != object.end() && found->is_number_unsigned(), "a shard has no number \"{}\"", key);
    return found->get<uint64_t>();
  }

  void release(std::span<const std::byte> bytes) { mapped_.release(bytes.data(), bytes.data() + bytes.size()); }

  static constexpr size_t kReleasedAtOnce = size_t{16} << 20;

  fs::path folder_;
  std::string name_;
  MappedFile mapped_;
  Safetensors tensors_;
  std::shared_ptr<Pack> pack_;
  Manifest manifest_;
};

template <class Value>
SafetensorsEntry list_entry(const char* name, SafetensorsType type, std::span<const Value> values) {
  return {.name = name, .type = type, .shape = {static_cast<int64_t>(values.size())}, .bytes = std::as_bytes(values)};
}

json shard_json(const Pack& pack, size_t shard) {
  const Pack::Shard& one = pack.shards()[shard];
  const size_t end = shard + 1 < pack.shards().size() ? pack.shards()[shard + 1].first : pack.size();
  const std::string name = one.file.filename().string();
  TL_CHECK_AS(ErrorKind::kData, find_invalid_utf8(name) == name.npos,
              "{}: its name is not UTF-8, which an index requires: rename it", printable(one.file.string()));
  return {{"file", name},
          {"bytes", one.mapped.bytes().size()},
          {"pictures", end - one.first},
          {"hash", hash_text(hash_bytes(one.mapped.bytes()))}};
}

}  // namespace

Manifest read_pack_index(const fs::path& folder) { return IndexReader(folder).read(); }

Manifest write_pack_index(const fs::path& folder) {
  Manifest manifest = scan_pack(folder);
  const Pack& pack = *manifest.pack;
  std::vector<uint32_t> blocks, sizes, lengths, counts;
  std::string tag_names;
  for (const Pack::Place& place : pack.places()) {
    blocks.push_back(place.block);
    sizes.push_back(place.size);
  }
  size_t path_bytes = 0, tags = 0;
  for (const ManifestRow row : manifest.rows) {
    lengths.push_back(static_cast<uint32_t>(row.path.size()));
    counts.push_back(static_cast<uint32_t>(row.tags.size()));
    path_bytes += row.path.size();
    tags += row.tags.size();
  }
  for (const std::string& name : manifest.tag_names) tag_names += name + "\n";
  json shards = json::array();
  for (size_t i = 0; i < pack.shards().size(); ++i) shards.push_back(shard_json(pack, i));
  const ManifestRow first = manifest.rows[0];  // the rows' paths follow each other in memory, and so do their tags
  write_safetensors(
      (folder / kPackIndex).string(),
      {list_entry<uint32_t>("blocks", SafetensorsType::kU32, blocks), list_entry<uint32_t>("sizes", SafetensorsType::kU32, sizes),
       list_entry<uint32_t>("path_lengths", SafetensorsType::kU32, lengths),
       list_entry<uint32_t>("tag_counts", SafetensorsType::kU32, counts),
       list_entry<int32_t>("tags", SafetensorsType::kI32, {first.tags.data(), tags}),
       list_entry<char>("paths", SafetensorsType::kU8, {first.path.data(), path_bytes}),
       list_entry<char>("tag_names", SafetensorsType::kU8, tag_names)},
      {{kVersion, "1"}, {kShards, shards.dump()}});
  return manifest;
}

std::vector<std::string> damaged_shards(const Pack& pack) {
  std::vector<std::string> damaged;
  for (const Pack::Shard& shard : pack.shards()) {
    if (shard.hash == 0 || hash_bytes(shard.mapped.bytes()) == shard.hash) continue;
    damaged.push_back(format("{}: its bytes are not those that were packed", shard.file.string()));
  }
  return damaged;
}

}  // namespace tagloom
