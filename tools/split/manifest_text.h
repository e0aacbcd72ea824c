#pragma once
// The rows of a manifest as the file has them, byte for byte, to copy them into other manifests.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/formats/manifest_columns.h"
#include "engine/data/manifest.h"

namespace tagloom {

// Part of a row's text that holds the path: of a JSON row, the value of "path" or of "path_bytes", or of
// another name of the column (manifest_columns.h).
struct PathSpan {
  size_t begin = 0, size = 0;
  bool base64 = false;
};

struct RowText {
  int64_t row = 0;             // of Manifest::rows; a CSV with one tag per row has several texts for a picture
  std::string_view text;       // without the end of the line
  std::vector<PathSpan> path;  // in their order in the text
};

class ManifestText {
 public:
  // Reads the manifest's file again. Throws Error(kData) if it has changed since.
  explicit ManifestText(const Manifest& manifest);

  // In the file's order, without empty lines. The texts are valid while this object lives.
  const std::vector<RowText>& rows() const { return rows_; }
  std::string_view heading() const { return heading_; }    // a byte order mark and the row of headings, with its end
  std::string_view line_end() const { return line_end_; }  // "\n" or "\r\n", as the first row ends

  // The row's text with another path; everything else is unchanged.
  std::string with_path(const RowText& row, const std::string& path) const;

 private:
  enum class Format { kTsv, kCsv, kJson };
  std::pair<PathSpan, size_t> path_and_end(std::string_view text) const;
  void take_rows(std::string_view whole);
  void find_pictures(const Manifest& manifest);

  std::vector<uint8_t> bytes_;
  std::vector<RowText> rows_;
  std::string_view heading_, line_end_ = "\n";
  Format format_ = Format::kTsv;
  ManifestLayout layout_;  // of kTsv and kCsv
  bool tag_rows_ = false;  // one tag per row
};

}  // namespace tagloom
