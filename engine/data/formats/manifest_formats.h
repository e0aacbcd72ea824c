#pragma once
// Readers of the manifest formats, one .cpp each, and the builder that they add rows to.
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

// Splits a field at any of `separators`; a field of spaces has no tags.
std::vector<std::string_view> split_tags(std::string_view field, std::string_view separators);

void read_manifest_tsv(std::string_view text, const std::string& name, ManifestBuilder& builder);
void read_manifest_csv(std::string_view text, const std::string& name, ManifestBuilder& builder);
void read_manifest_jsonl(std::string_view text, const std::string& name, ManifestBuilder& builder);

}  // namespace tagloom
