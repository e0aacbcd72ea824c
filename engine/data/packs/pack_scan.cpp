#include "engine/data/packs/pack_scan.h"

#include <algorithm>
#include <cctype>

#include "engine/data/formats/text_lines.h"
#include "engine/data/packs/tar_members.h"
#include "engine/data/picture_kinds.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

// "photos/a" and ".seg.png" of "photos/a.seg.png".
std::pair<std::string_view, std::string_view> key_and_extension(std::string_view name) {
  const size_t slash = name.rfind('/'), base = slash == name.npos ? 0 : slash + 1;
  const size_t dot = std::min(name.find('.', base), name.size());
  return {name.substr(0, dot), name.substr(dot)};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

class ShardScanner {
 public:
  ShardScanner(Pack& pack, ManifestBuilder& builder)
      : pack_(pack), builder_(builder), shard_(pack.shards().back()), file_(shard_.file.string()) {}

  void scan() {
    TarMembers members(shard_.mapped.bytes(), file_);
    while (members.next()) {
      const auto [key, extension] = key_and_extension(members.name());
      if (key.size() == members.name().size() || key.ends_with('/') || key.empty()) continue;  // no extension, or a hidden file
      if (key != key_) {
        finish_sample();
        key_ = key;
      }
      add(extension, members);
    }
    finish_sample();
  }

 private:
  void add(std::string_view extension, const TarMembers& member) {
    const std::string kind = lower_case(extension);
    const bool is_picture = is_picture_extension(kind);
    if (is_picture) {
      TL_CHECK_AS(ErrorKind::kData, picture_.empty(), "{}: {} and {} are pictures of one sample: give them different names",
                  file_, printable(picture_name_), printable(member.name()));
      picture_name_ = member.name();
      picture_ = member.content();
      TL_CHECK_AS(ErrorKind::kData, !picture_.empty(), "{}: {} is empty", file_, printable(picture_name_));
      return;
    }
    for (const auto& [name, text] : {std::pair{".json", &json_}, {".txt", &words_}, {".cls", &class_}}) {
      if (kind != name) continue;
      TL_CHECK_AS(ErrorKind::kData, !*text, "{}: {} occurs twice in a row", file_, printable(member.name()));
      *text = std::string_view(reinterpret_cast<const char*>(member.content().data()), member.content().size());
    }
  }

  void finish_sample() {
    const bool described = json_ || words_ || class_;
    if (picture_.empty()) {
      TL_CHECK_AS(ErrorKind::kData, !described, "{}: {} has no picture in the archive itself ({})", file_, printable(key_),
                  decoded_extensions());
    } else {
      add_row();
    }
    picture_ = {};
    json_ = words_ = class_ = {};
  }

  void add_row() {
    const auto offset = static_cast<uint64_t>(picture_.data() - reinterpret_cast<const uint8_t*>(shard_.mapped.bytes().data()));
    TL_CHECK_AS(ErrorKind::kData, picture_.size() <= UINT32_MAX && offset / kTarBlock <= UINT32_MAX,
                "{}: {} is larger than 4 GiB or begins after 2 TiB", file_, printable(picture_name_));
    pack_.add_picture({static_cast<uint32_t>(offset / kTarBlock), static_cast<uint32_t>(picture_.size())});
    const auto line = static_cast<int64_t>(pack_.size());
    if (json_) {
      const std::string place = format("{}: {}.json", file_, printable(key_));
      read_json_row(*json_, {place, 0}, false, [&](std::string_view path, const std::vector<std::string_view>& tags) {
        builder_.add_row(path.empty() ? picture_name_ : path, tags, line, place);
      });
      return;
    }
    if (words_) {
      text_tags(*words_, ",\n", ".txt");
    } else if (class_) {
      text_tags(*class_, "", ".cls");
    } else {
      tags_.clear();
    }
    builder_.add_row(picture_name_, tags_, line, file_);
  }

  void text_tags(std::string_view text, std::string_view separators, const char* extension) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    tags_ = split_tags(text, separators);
    for (const std::string_view tag : tags_)
      if (!is_plain_text(tag)) check_text(tag, format("{}: {}{}", file_, printable(key_), extension));
  }

  Pack& pack_;
  ManifestBuilder& builder_;
  const Pack::Shard& shard_;
  std::string file_, key_, picture_name_;
  std::span<const uint8_t> picture_;
  std::optional<std::string_view> json_, words_, class_;
  std::vector<std::string_view> tags_;
};

}  // namespace

void scan_shard(Pack& pack, ManifestBuilder& builder) { ShardScanner(pack, builder).scan(); }

}  // namespace tagloom
