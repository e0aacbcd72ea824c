#pragma once
// The readers of the manifest's formats, one .cpp each, and what they put their rows into.
#include <functional>
#include <map>
#include <string_view>

#include "engine/data/manifest.h"

namespace tagloom {

class ManifestBuilder {
 public:
  explicit ManifestBuilder(Manifest& manifest) : manifest_(manifest) {}

  // Checks the row and adds it; `place` is "train.tsv:3".
  void add_row(std::string_view path, const std::vector<std::string_view>& tags, int64_t line, const std::string& place);

 private:
  int32_t tag_id(std::string_view name);

  Manifest& manifest_;
  std::map<std::string, int32_t, std::less<>> ids_;
};

// Tags cut at any of `separators`; a field of spaces only has no tags.
std::vector<std::string_view> split_tags(std::string_view field, std::string_view separators);

void read_manifest_tsv(std::string_view text, const std::string& name, ManifestBuilder& builder);
void read_manifest_csv(std::string_view text, const std::string& name, ManifestBuilder& builder);
void read_manifest_jsonl(std::string_view text, const std::string& name, ManifestBuilder& builder);

}  // namespace tagloom
