#include "tools/output/known_pictures.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/io/hash.h"
#include "engine/report/html_text.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

// A process that is killed while writing leaves a multiple of this size.
constexpr int64_t kPageBytes = 4096;

uint64_t hash_of_text(const std::string& text) { return hash_bytes(std::as_bytes(std::span(text))); }

uint64_t hash_of_path(const std::string& path) {
  return hash_of_text(std::filesystem::absolute(path).lexically_normal().string());
}

// The hash of a path from jsonl's path_bytes.
uint64_t hash_of_bytes(const std::string& base64_text) { return hash_of_text("base64:" + base64_text); }

uint64_t hash_of_picture(const std::string& path) {
  return find_invalid_utf8(path) == path.npos ? hash_of_path(path) : hash_of_bytes(base64({path.begin(), path.end()}));
}

// The first field of a row of text or CSV, which may be quoted; nothing if the quotes are not closed.
std::optional<std::string> first_field(const std::string& row, char separator, bool& separated) {
  std::string field;
  if (!row.starts_with('"')) {
    field = row.substr(0, row.find(separator));
    separated = field.size() < row.size();
    return field;
  }
  for (size_t at = 1; at < row.size(); ++at) {
    if (row[at] == '"' && (at + 1 == row.size() || row[at + 1] != '"')) {
      separated = at + 1 < row.size() && row[at + 1] == separator;
      return field;
    }
    if (row[at] == '"') ++at;
    field += row[at];
  }
  return {};
}

// The hash of the picture in a row. Returns nothing if the row is incomplete because a quoted path contains line breaks. Sets `good` to
// false if it is not a row.
std::optional<uint64_t> picture_of(const std::string& row, const std::string& format, bool& good) {
  if (format == "jsonl") {
    const auto value = nlohmann::json::parse(row, nullptr, false);
    const char* const key = value.is_object() && value.contains("path_bytes") ? "path_bytes" : "path";
    good = value.is_object() && value.contains(key) && value[key].is_string() && value.contains("tags");
    if (!good) return 0;
    return key[4] == '_' ? hash_of_bytes(value[key]) : hash_of_picture(value[key]);
  }
  const std::optional<std::string> path = first_field(row, format == "csv" ? ',' : '\t', good);
  if (!path) return {};
  return hash_of_picture(*path);
}

}  // namespace

KnownPictures::KnownPictures(const std::string& file, const std::string& format, const std::string& heading) {
  std::ifstream in(file, std::ios::binary);
  int64_t read = 0, lines = 0, first_line = 1, start_of_picture = 0;
  std::string row;
  bool whole = true;
  for (std::string line; std::getline(in, line);) {
    whole = !in.eof();  // a newline ended it
    if (!whole) break;
    ++lines;
    read += static_cast<int64_t>(line.size()) + 1;
    row += line;
    if (row + "\n" == heading && lines == 1) {
      whole_bytes_ = start_of_picture = read;
      row.clear();
      first_line = 2;
      continue;
    }
    bool good = false;
    const std::optional<uint64_t> picture = picture_of(row, format, good);
    if (!picture) {
      row += '\n';
      continue;
    }
    TL_CHECK_AS(ErrorKind::kData, good && (lines > 1 || heading.empty()),
                "{}:{}: is not a row of --format {}: give another --output, or the format that the file was written in", file,
                first_line, format);
    if (hashes_.empty() || hashes_.back() != *picture) {
      hashes_.push_back(*picture);
      start_of_picture = whole_bytes_;
    }
    whole_bytes_ = read;
    first_line = lines + 1;
    row.clear();
  }
  TL_CHECK_AS(ErrorKind::kData, !in.bad(), "{}: cannot be read", file);
  // In CSV, a picture has several rows, of which the last ones may be missing.
  const bool cut = !whole || !row.empty() || (read > 0 && read % kPageBytes == 0);
  if (cut && format == "csv" && !hashes_.empty()) {
    hashes_.pop_back();
    whole_bytes_ = start_of_picture;
  }
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
}

bool KnownPictures::contains(const std::string& picture) const {
  return std::binary_search(hashes_.begin(), hashes_.end(), hash_of_picture(picture));
}

}  // namespace tagloom
