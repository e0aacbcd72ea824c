// A folder of pictures with keywords, in XMP sidecars or in the pictures, as Lightroom, digiKam and other photo managers write them.
#include <algorithm>
#include <set>

#include "kernels/base/error.h"
#include "tools/import/folder_pictures.h"
#include "tools/import/formats.h"
#include "tools/library/keywords_of.h"
#include "tools/library/sidecar.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

// Keywords that programs write for their own use: darktable|format|jpg, _Digikam_root_tag_/...
bool is_internal(const std::string& keyword) { return keyword.starts_with("darktable|") || keyword.starts_with("_Digikam_"); }

// The levels of a keyword, topmost first.
std::vector<std::string> levels_of(const Keyword& keyword) {
  const bool flat = keyword.field == KeywordField::kDc || keyword.field == KeywordField::kIptc;
  const char separator = keyword.field == KeywordField::kLr ? '|' : '/';
  std::vector<std::string> levels;
  for (size_t begin = 0; begin <= keyword.text.size();) {
    const size_t end = flat ? keyword.text.size() : std::min(keyword.text.find(separator, begin), keyword.text.size());
    const std::string level = trimmed(keyword.text.substr(begin, end - begin));
    if (!level.empty()) levels.push_back(level);
    begin = end + 1;
  }
  return levels;
}

std::string joined(const std::vector<std::string>& levels) {
  std::string path;
  for (const std::string& level : levels) path += (path.empty() ? "" : "|") + level;
  return path;
}

// Every keyword's last level or, with `hierarchy`, its whole path; a flat keyword that is a level of a path is then not a tag of its own.
std::vector<std::string> tags_of(const std::vector<std::vector<std::string>>& keywords, bool hierarchy) {
  std::set<std::string> levels_of_paths, seen;
  for (const std::vector<std::string>& levels : keywords) {
    if (hierarchy && levels.size() > 1) levels_of_paths.insert(levels.begin(), levels.end());
  }
  std::vector<std::string> tags;
  for (const std::vector<std::string>& levels : keywords) {
    if (levels.empty() || (levels.size() == 1 && levels_of_paths.contains(levels[0]))) continue;
    const std::string tag = hierarchy ? joined(levels) : levels.back();
    if (seen.insert(tag).second) tags.push_back(tag);
  }
  return tags;
}

ImportReport read_xmp(const ImportRequest& request, const ImportSink& sink) {
  ImportLoss written{0, "keyword that Tagloom wrote", "keywords that Tagloom wrote"},
      internal{0, "internal keyword of darktable or digiKam", "internal keywords of darktable or digiKam"};
  visit_pictures(request.source, {[&](const std::string& path) {
                   const PictureKeywords found = keywords_of(path);
                   TL_CHECK_AS(ErrorKind::kData, found.problems.empty(), "{}", found.problems[0]);
                   std::vector<std::vector<std::string>> keywords;
                   for (const Keyword& keyword : found.keywords) {
                     written.count += keyword.machine;
                     internal.count += !keyword.machine && is_internal(keyword.text);
                     if (!keyword.machine && !is_internal(keyword.text)) keywords.push_back(levels_of(keyword));
                   }
                   sink({path, tags_of(keywords, request.hierarchy)});
                   return true;
                 }});
  ImportReport report;
  report.left_out = {written, internal};
  return report;
}

// Only sidecars count: many pictures of other datasets have embedded keywords.
bool looks_like_xmp(const fs::path& source) {
  return first_pictures_fit(source, [](const std::string& picture) { return !sidecars_of(picture).empty(); });
}

}  // namespace

const DatasetFormat kXmpFormat = {"xmp", "Pictures with keywords of Lightroom, digiKam and others, in XMP sidecars or embedded.",
                                  "hierarchy", looks_like_xmp, read_xmp};

}  // namespace tagloom
