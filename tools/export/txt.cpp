// A text file of tags for each picture, as programs that train on captions read them.
#include <algorithm>
#include <set>

#include "engine/core/interrupt.h"
#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"
#include "tools/export/exporter.h"
#include "tools/export/relative_paths.h"
#include "tools/import/caption_tags.h"
#include "tools/output/target_file.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

std::string caption_escaped(const std::string& tag) {
  std::string text;
  for (const char c : tag) text.append(c == '(' || c == ')' || c == '\\' ? 1 : 0, '\\').append(1, c);
  return text;
}

std::string caption_of(const std::vector<std::string>& tags, const std::string& place) {
  std::string text;
  for (const std::string& tag : tags) {
    const CaptionTags read = caption_tags(caption_escaped(tag), {CaptionStyle::kComma, true, true}, place);
    TL_CHECK(read.tags == std::vector<std::string>{tag},
             "{}: a text file of tags cannot contain the tag \"{}\": rename it, or choose another format", place, tag);
    text.append(text.empty() ? "" : ", ").append(caption_escaped(tag));
  }
  return text.empty() ? "" : text + '\n';
}

// The deepest folder that all pictures are in.
fs::path folder_of_all(const Manifest& manifest) {
  fs::path common;
  for (size_t i = 0; i < manifest.rows.size(); ++i) {
    const fs::path folder =
        fs::weakly_canonical((fs::absolute(manifest.file).parent_path() / manifest.rows[i].path).parent_path());
    if (i == 0) common = folder;
    fs::path shared;
    for (auto a = common.begin(), b = folder.begin(); a != common.end() && b != folder.end() && *a == *b; ++a, ++b) shared /= *a;
    common = shared;
  }
  return common;
}

}  // namespace

ExportSummary export_txt(const ExportRequest& request, Progress&) {
  const Manifest& manifest = request.manifest;
  RelativePaths paths(folder_of_all(manifest));
  std::vector<fs::path> pictures;
  std::multiset<fs::path> stems;  // and names: a.jpg.txt is the text of a.jpg, even if there is an a.jpg.png
  for (const ManifestRow row : manifest.rows) {
    pictures.emplace_back(paths.of(manifest.file.parent_path() / row.path));
    stems.insert(fs::path(pictures.back()).replace_extension());
    if (pictures.back().has_extension()) stems.insert(pictures.back());
  }
  std::vector<std::pair<fs::path, std::string>> texts;
  std::set<fs::path> targets;
  for (size_t i = 0; i < pictures.size(); ++i) {
    fs::path target = fs::path(request.output) / pictures[i];
    if (stems.count(fs::path(pictures[i]).replace_extension()) == 1)
      target.replace_extension(".txt");
    else
      target += ".txt";
    const std::string place = manifest.file.string() + ":" + std::to_string(manifest.rows[i].line);
    TL_CHECK_AS(ErrorKind::kData, targets.insert(target).second, "{}: repeats the picture of an earlier row: remove one of them",
                place);
    require_new(target.string(), request.replace);
    std::vector<std::string> tags;
    for (const int32_t tag : manifest.rows[i].tags) tags.push_back(manifest.tag_names[static_cast<size_t>(tag)]);
    texts.emplace_back(std::move(target), caption_of(tags, place));
  }
  for (const auto& [target, text] : texts) {
    if (Interrupt::signal() != 0) throw Interrupted{Interrupt::signal()};
    fs::create_directories(target.parent_path());
    write_file_atomically(target.string(), text);
  }
  return {request.output, static_cast<int64_t>(texts.size())};
}

}  // namespace tagloom
