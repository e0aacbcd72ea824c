#include "tools/review/review_decisions.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/data/manifest.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using nlohmann::json;

std::vector<std::string> names_of(const json& row, const char* key, const std::string& place) {
  std::vector<std::string> names;
  const auto found = row.find(key);
  if (found == row.end()) return names;
  const bool valid =
      found->is_array() && std::all_of(found->begin(), found->end(), [](const json& one) { return one.is_string(); });
  TL_CHECK_AS(ErrorKind::kData, valid, "{}: \"{}\" must be an array of strings", place, key);
  for (const json& one : *found) names.push_back(one.get<std::string>());
  return names;
}

}  // namespace

std::vector<ReviewDecision> read_review_decisions(const std::string& file) {
  TL_CHECK_AS(ErrorKind::kData, file.ends_with(".jsonl"), "{}: the file that a review page saves must end in .jsonl", file);
  const Manifest manifest = read_manifest(file);  // checks paths, tags and UTF-8
  const std::string text = read_text(file);
  std::vector<ReviewDecision> decisions;
  size_t at = 0;
  int64_t line = 1;
  for (const ManifestRow row : manifest.rows) {
    for (; line < row.line; ++line) at = text.find('\n', at) + 1;
    const std::string place = format("{}:{}", file, row.line);
    const json object = json::parse(text.substr(at, text.find('\n', at) - at));
    ReviewDecision decision{.path = (manifest.file.parent_path() / row.path).string(), .line = row.line};
    for (const int32_t tag : row.tags) decision.tags.push_back(manifest.tag_names[static_cast<size_t>(tag)]);
    decision.rejected = names_of(object, "rejected", place);
    decision.removed = names_of(object, "removed", place);
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

}  // namespace tagloom
