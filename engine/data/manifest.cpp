// Picks the reader by the extension; checks and collects its rows.
#include "engine/data/manifest.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <utility>

#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/text_lines.h"
#include "engine/data/packs/pack.h"
#include "engine/io/hash.h"
#include "engine/io/mapped_file.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// A larger file is mapped, and its pages are released behind the reader.
constexpr uintmax_t kMostBytesCopied = uintmax_t{64} << 20;

std::string_view text_of_mapped(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

uint64_t hash_and_release(MappedFile& file) {
  constexpr size_t kPiece = size_t{16} << 20;
  Hash64 hash;
  for (std::string_view rest = text_of_mapped(file); !rest.empty();) {
    const std::string_view piece = rest.substr(0, kPiece);
    hash.add(piece);
    file.release(piece.data(), piece.data() + piece.size());
    rest.remove_prefix(piece.size());
  }
  return hash.digest();
}

}  // namespace

ManifestBuilder::ManifestBuilder(Manifest& manifest, MappedFile* mapped) : manifest_(manifest), mapped_(mapped) {
  if (mapped != nullptr) released_ = text_of_mapped(*mapped).data();
}

void ManifestBuilder::add_row(std::string_view path, const std::vector<std::string_view>& tags, int64_t line,
                              const std::string& place) {
  TL_CHECK_AS(ErrorKind::kData, !path.empty(), "{}: the picture's path is empty", place);
  for (const std::string_view text : tags) {
    const std::string_view tag = trim(text);
    TL_CHECK_AS(ErrorKind::kData, !tag.empty(), "{}: {} has an empty tag; remove the extra separator", place, path);
    add_tag(tag_id(tag));
  }
  manifest_.rows.add(path, line);
}

void ManifestBuilder::join_rows() {
  if (manifest_.rows.repeated_paths() == 0) return;
  const ManifestRows rows = std::exchange(manifest_.rows, {});
  std::fill(last_rows_.begin(), last_rows_.end(), 0);
  std::unordered_map<std::string_view, size_t> first_row;
  std::vector<std::pair<size_t, size_t>> order;  // a picture's first row, and one of its rows
  for (size_t i = 0; i < rows.size(); ++i) order.emplace_back(first_row.try_emplace(rows[i].path, i).first->second, i);
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    const auto [first, row] = order[i];
    for (const int32_t tag : rows[row].tags) add_tag(tag);
    if (i + 1 == order.size() || order[i + 1].first != first) manifest_.rows.add(rows[first].path, rows[first].line);
  }
}

void ManifestBuilder::add_tag(int32_t id) {
  const size_t row = manifest_.rows.size() + 1;
  size_t& last_row = last_rows_[static_cast<size_t>(id)];
  if (last_row != row)
    manifest_.rows.add_tag(id);
  else
    ++manifest_.repeated_tags;
  last_row = row;
}

void ManifestBuilder::passed(const char* position) {
  constexpr ptrdiff_t kReleasedAtOnce = ptrdiff_t{16} << 20;
  if (mapped_ == nullptr || position - released_ < kReleasedAtOnce) return;
  mapped_->release(released_, position);
  released_ = position;
}

int32_t ManifestBuilder::tag_id(std::string_view name) {
  const auto known = ids_.find(name);
  if (known != ids_.end()) return known->second;
  const auto id = static_cast<int32_t>(manifest_.tag_names.size());
  manifest_.tag_names.emplace_back(name);
  last_rows_.push_back(0);
  ids_.emplace(name, id);
  return id;
}

std::vector<std::string_view> split_tags(std::string_view field, std::string_view separators) {
  std::vector<std::string_view> tags;
  if (trim(field).empty()) return tags;
  while (true) {
    const size_t end = field.find_first_of(separators);
    tags.push_back(field.substr(0, end));
    if (end == field.npos) return tags;
    field.remove_prefix(end + 1);
  }
}

Manifest read_manifest(const std::filesystem::path& file) {
  if (names_pack(file)) return read_pack(file);
  std::string extension = file.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto read = extension == ".tsv"     ? read_manifest_tsv
                    : extension == ".csv"   ? read_manifest_csv
                    : extension == ".jsonl" ? read_manifest_jsonl
                                            : nullptr;
  TL_CHECK_AS(ErrorKind::kData, !std::filesystem::is_directory(file),
              "{}: this is a folder: give a manifest (.tsv, .csv or .jsonl) or a pack", file.string());
  TL_CHECK_AS(ErrorKind::kData, read != nullptr,
              "{}: the extension must be .tsv, .csv or .jsonl: rename the file .tsv if tabs separate the fields, .csv if commas "
              "or semicolons do; packs are .tar",
              file.string());

  Manifest manifest;
  manifest.file = file;
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(file, error);
  if (error || size <= kMostBytesCopied) {
    const std::string text = read_text(file);
    manifest.content_hash = hash_bytes(std::as_bytes(std::span(text)));
    ManifestBuilder builder(manifest);
    read(text, file.string(), builder);
  } else {
    MappedFile mapped(file.string());
    manifest.content_hash = hash_and_release(mapped);
    ManifestBuilder builder(manifest, &mapped);
    read(text_of_mapped(mapped), file.string(), builder);
  }
  return manifest;
}

}  // namespace tagloom
