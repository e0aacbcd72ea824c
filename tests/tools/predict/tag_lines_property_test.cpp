// The output of tagpredict reads back as a manifest, whatever characters paths and tags contain.
#include "tools/predict/tag_lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "engine/data/manifest.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using Rows = std::vector<std::pair<std::string, std::vector<std::string>>>;

// Random pictures whose paths and tags contain separators, quotes and control characters.
class HostilePictures {
 public:
  explicit HostilePictures(uint64_t seed) : random_(seed) {}

  TaggedPicture next() {
    TaggedPicture picture{text(kPathParts, 8), {}};
    for (int count = below(4); count > 0; --count) {
      ScoredTag tag{text(kTagParts, 5), static_cast<float>(below(1000)) / 999, {}};
      while (below(4) == 0) tag.parents.push_back(text(kTagParts, 3));
      if (valid(full_name(tag))) picture.tags.push_back(tag);
    }
    return picture;
  }

 private:
  // Tags of a vocabulary have no line breaks and no leading or trailing spaces.
  static inline const std::vector<std::string> kTagParts = {"a", "B", ",", ";",  ":", "\"", "\t",
                                                            " ", "|", "'", "\\", "ü", "#",  "="};
  static inline const std::vector<std::string> kPathParts = {"a", "/", ",",  ";",    ":",  "\"",   "\t",   " ",  "|",     "'",
                                                             "ü", "#", "\n", "\r\n", "\r", "\x1B", "\x7F", "\\", "\uFEFF"};

  static bool valid(const std::string& tag) {
    return tag.find_first_not_of(" \t") == 0 && tag.find_last_not_of(" \t") == tag.size() - 1;
  }
  int below(int count) { return static_cast<int>(random_() % static_cast<uint64_t>(count)); }
  std::string text(const std::vector<std::string>& parts, int most) {
    std::string text;
    for (int length = 1 + below(most); length > 0; --length)
      text += parts[static_cast<size_t>(below(static_cast<int>(parts.size())))];
    return text;
  }

  std::mt19937_64 random_;
};

Rows rows_of(const Manifest& manifest) {
  Rows rows;
  for (const ManifestRow row : manifest.rows) {
    rows.push_back({std::string(row.path), {}});
    for (const int32_t tag : row.tags) rows.back().second.push_back(manifest.tag_names.at(static_cast<size_t>(tag)));
  }
  return rows;
}

TEST(TagLinesProperty, EveryFormatReadsBackAsAManifest) {
  const test::TemporaryFolder folder;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    HostilePictures pictures(seed);
    std::string text, csv = csv_heading(), json;
    Rows expected;
    std::set<std::string> paths;
    for (int i = 0; i < 12; ++i) {
      const TaggedPicture picture = pictures.next();
      if (!paths.insert(picture.path).second) continue;
      text += text_line(picture, false);
      csv += csv_lines(picture);
      json += json_line(picture);
      expected.push_back({picture.path, {}});
      for (const ScoredTag& tag : picture.tags) {
        const std::string name = full_name(tag);
        std::vector<std::string>& tags = expected.back().second;
        if (std::find(tags.begin(), tags.end(), name) == tags.end()) tags.push_back(name);
      }
    }
    const std::pair<std::string, std::string> files[] = {{"tags.tsv", text}, {"tags.csv", csv}, {"tags.jsonl", json}};
    for (const auto& [name, lines] : files) {
      test::write_whole_file(folder / name, lines);
      ASSERT_EQ(rows_of(read_manifest(folder / name)), expected) << lines;
    }
  }
}

}  // namespace
}  // namespace tagloom
