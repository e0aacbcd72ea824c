// Opens packs by what names them: a folder, an index, or tar files.
#include "engine/data/packs/pack.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "engine/data/formats/manifest_formats.h"
#include "engine/data/packs/pack_index.h"
#include "engine/data/packs/pack_scan.h"
#include "engine/io/folder.h"
#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostShards = 1'000'000;

bool has_tar_extension(const fs::path& file) { return file.extension() == ".tar"; }

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> shards;
  for (const fs::directory_entry& entry : entries_of(folder))
    if (has_tar_extension(entry.path()) && !entry.is_directory()) shards.push_back(entry.path());
  std::sort(shards.begin(), shards.end());
  return shards;
}

// Identifies the file's contents by its size and modification time, as for pictures in a folder.
void add_stamp(const fs::path& file, Hash64& hash) {
  std::error_code ignored;
  hash.add_field(file.filename().string()).add_number(fs::file_size(file, ignored));
  hash.add_number(static_cast<uint64_t>(fs::last_write_time(file, ignored).time_since_epoch().count()));
}

Manifest scan_shards(const fs::path& name, const std::vector<fs::path>& shards) {
  Manifest manifest;
  manifest.file = name;
  ManifestBuilder builder(manifest);
  const auto pack = std::make_shared<Pack>();
  Hash64 hash;
  for (const fs::path& shard : shards) {
    add_stamp(shard, hash);
    pack->add_shard(shard);
    scan_shard(*pack, builder);
  }
  manifest.content_hash = hash.digest();
  manifest.pack = pack;
  return manifest;
}

// The smallest size that the pack.json of one of the shards' folders names.
std::optional<PackedSize> packed_size_of(const Pack& pack) {
  std::optional<PackedSize> smallest;
  fs::path last;
  for (const Pack::Shard& shard : pack.shards()) {
    const fs::path folder = shard.file.parent_path();
    if (&shard != &pack.shards().front() && folder == last) continue;
    const std::optional<PackedSize> size = read_packed_size(last = folder);
    if (size && (!smallest || size->size < smallest->size)) smallest = size;
  }
  return smallest;
}

bool is_shard_number(std::string_view text) {
  return !text.empty() && text.size() <= 9 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const Pack::Shard& Pack::add_shard(const fs::path& file) {
  shards_.push_back({.file = file, .mapped = MappedFile(file.string()), .first = size()});
  return shards_.back();
}

void Pack::add_picture(Place place) {
  const Shard& shard = shards_.back();
  const uint64_t bytes = shard.mapped.bytes().size(), begin = place.block * kTarBlock;
  TL_CHECK_AS(ErrorKind::kData, begin <= bytes && place.size <= bytes - begin && place.size > 0,
              "{}: picture {} should be {} bytes at {}, which are not in this file of {} bytes", shard.file.string(),
              size() - shard.first + 1, place.size, begin, bytes);
  places_.push_back(place);
}

const Pack::Shard& Pack::shard_with(size_t index) const {
  const auto after = std::upper_bound(shards_.begin(), shards_.end(), index,
                                      [](size_t picture, const Shard& shard) { return picture < shard.first; });
  return *std::prev(after);
}

std::span<const uint8_t> Pack::picture(size_t index) const {
  const std::span<const std::byte> shard = shard_with(index).mapped.bytes();
  return {reinterpret_cast<const uint8_t*>(shard.data()) + places_[index].block * kTarBlock, places_[index].size};
}

bool names_pack(const fs::path& file) {
  if (has_tar_extension(file) || file.filename() == kPackIndex) return true;
  std::error_code ignored;
  if (!fs::is_directory(file, ignored)) return false;
  return fs::exists(file / kPackIndex, ignored) || fs::exists(file / kUnfinishedPack, ignored) || !shards_in(file).empty();
}

Manifest read_pack(const fs::path& file) {
  const fs::path folder = file.filename() == kPackIndex ? file.parent_path() : file;
  Manifest manifest;
  if (has_tar_extension(file) && !fs::is_directory(file)) {
    manifest = scan_shards(file, expand_shard_pattern(file.string()));
  } else {
    TL_CHECK_AS(ErrorKind::kData, !fs::exists(folder / kUnfinishedPack),
                "{}: this pack is not finished: repeat the tagdata pack command that began it", folder.string());
    const bool indexed = fs::exists(folder / kPackIndex);
    TL_CHECK_AS(ErrorKind::kData, indexed || file == folder, "{}: cannot be opened: No such file or directory", file.string());
    manifest = indexed ? read_pack_index(folder) : scan_pack(folder);
  }
  const auto pack = std::const_pointer_cast<Pack>(manifest.pack);
  pack->packed_size = packed_size_of(*pack);
  return manifest;
}

PictureContent Pack::content(size_t index, std::string_view path) const {
  return {.name = format("{}: {}", shard_with(index).file.string(), path), .read = {}, .bytes = picture(index)};
}

void require_files(const fs::path& manifest, const Pack* pack) {
  TL_CHECK(pack == nullptr, "{}: is a pack, whose pictures have no files of their own: give the manifest that it was packed from",
           manifest.string());
}

PictureContent read_content(const fs::path& file) {
  PictureContent content{.name = file.string(), .read = read_file(file), .bytes = {}};
  content.bytes = content.read;
  return content;
}

PictureContent content_of(const Manifest& manifest, size_t row) {
  const ManifestRow one = manifest.rows[row];
  if (manifest.pack) return manifest.pack->content(static_cast<size_t>(one.line - 1), one.path);
  return read_content(manifest.file.parent_path() / one.path);
}

std::vector<fs::path> expand_shard_pattern(const std::string& pattern) {
  const size_t open = pattern.find('{'), dots = pattern.find("..", std::min(open, pattern.size()));
  const size_t close = pattern.find('}', std::min(dots, pattern.size()));
  if (close == pattern.npos || fs::exists(pattern)) return {pattern};
  const std::string_view first = std::string_view(pattern).substr(open + 1, dots - open - 1),
                         last = std::string_view(pattern).substr(dots + 2, close - dots - 2);
  TL_CHECK_AS(ErrorKind::kData, is_shard_number(first) && is_shard_number(last), "{}: braces must be like {{000000..000009}}",
              pattern);
  const uint64_t from = std::stoul(std::string(first)), to = std::stoul(std::string(last));
  TL_CHECK_AS(ErrorKind::kData, from <= to && to - from < kMostShards, "{}: {} to {} must rise, by less than {}", pattern, from,
              to, kMostShards);
  std::vector<fs::path> files;
  for (uint64_t number = from; number <= to; ++number) {
    const std::string one = format("{}{:0{}}{}", pattern.substr(0, open), number, first.size(), pattern.substr(close + 1));
    for (fs::path& file : expand_shard_pattern(one)) files.push_back(std::move(file));
    TL_CHECK_AS(ErrorKind::kData, files.size() <= kMostShards, "{}: names more than {} files", pattern, kMostShards);
  }
  return files;
}

Manifest scan_pack(const fs::path& folder) {
  const std::vector<fs::path> shards = shards_in(folder);
  TL_CHECK_AS(ErrorKind::kData, !shards.empty(), "{}: has no .tar files", folder.string());
  return scan_shards(folder, shards);
}

}  // namespace tagloom
