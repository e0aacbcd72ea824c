#pragma once
// Readers of the manifest formats, one .cpp each, and the builder that they add rows to.
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/data/manifest.h"

namespace tagloom {

class MappedFile;

class ManifestBuilder {
 public:
  // `mapped` is the file that the text is in, if it is mapped.
  explicit ManifestBuilder(Manifest& manifest, MappedFile* mapped = nullptr);

  // Checks the row and adds it; `place` is "train.tsv:3".
  void add_row(std::string_view path, const std::vector<std::string_view>& tags, int64_t line, const std::string& place);

  // Joins the rows of each picture into its first one. No row may follow.
  void join_rows();

  // The reader is done with the text before `position`: releases its pages, if the text is mapped.
  void passed(const char* position);

 private:
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  int32_t tag_id(std::string_view name);
  void add_tag(int32_t id);  // to the row that is being added, unless it has the tag

  Manifest& manifest_;
  MappedFile* mapped_;
  const char* released_ = nullptr;
  std::unordered_map<std::string, int32_t, TextHash, std::equal_to<>> ids_;
  std::vector<size_t> last_rows_;  // of each tag: the last row that has it, from 1
};

// Splits a field at any of `separators`; a field of spaces has no tags.
std::vector<std::string_view> split_tags(std::string_view field, std::string_view separators);

// Where a JSON row is, for messages: "train.jsonl:3"; with line 0 only the name, "a.tar: 0001.json".
struct JsonPlace {
  const std::string& name;
  int64_t line;
  std::string text() const;
};

// Reads {"path": …, "tags": […]} and calls `take` with both. Without needs_path the path may be absent, and is then "".
void read_json_row(std::string_view text, const JsonPlace& place, bool needs_path,
                   const std::function<void(std::string_view path, const std::vector<std::string_view>& tags)>& take);

void read_manifest_tsv(std::string_view text, const std::string& name, ManifestBuilder& builder);
void read_manifest_csv(std::string_view text, const std::string& name, ManifestBuilder& builder);
void read_manifest_jsonl(std::string_view text, const std::string& name, ManifestBuilder& builder);

}  // namespace tagloom
