#include "tools/review/review_writer.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "kernels/base/format.h"
#include "tools/library/keywords_of.h"
#include "tools/review/review_page.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr int kReviewThumbnailSide = 320;
constexpr int64_t kOfferedTags = 5;

// Returns "photos" for "../photos/"; for a picture, the name of its folder.
std::string folder_name(const std::string& input) {
  fs::path path = fs::absolute(input).lexically_normal();
  if (!fs::is_directory(path)) path = path.parent_path();
  if (!path.has_filename()) path = path.parent_path();
  return path.has_filename() ? path.filename().string() : path.string();
}

ReviewPageOptions page_options(const PredictOptions& options, const TrainedRun& run, const TagRules& rules) {
  const fs::path page = options.review;
  ReviewPageOptions made{.title = options.inputs.empty() ? "pictures" : folder_name(options.inputs.front()),
                         .save_as = page.stem().string() + ".jsonl"};
  if (options.inputs.size() > 1) made.title += format(" and {} more", options.inputs.size() - 1);
  made.subtitle = format("Tagged by {}", fs::absolute(run.folder).lexically_normal().filename().string());
  std::set<std::string> names;
  for (int64_t tag = 0; tag < run.vocabulary.size(); ++tag)
    for (const ScoredTag& name : rules.names_of(static_cast<int32_t>(tag))) names.insert(full_name(name));
  made.vocabulary.assign(names.begin(), names.end());
  return made;
}

// Returns hierarchical keywords with their parents, and the flat keywords that are not the last level of one of these.
std::vector<std::string> users_keywords(const PictureKeywords& keywords) {
  std::vector<std::string> names, flat;
  const auto add_once = [](std::vector<std::string>& to, const std::string& name) {
    if (std::ranges::find(to, name) == to.end()) to.push_back(name);
  };
  for (const Keyword& keyword : keywords.keywords) {
    if (keyword.machine) continue;
    std::string name = keyword.text;
    if (keyword.field == KeywordField::kDigikam) std::ranges::replace(name, '/', '|');
    const bool hierarchical = keyword.field == KeywordField::kDigikam || keyword.field == KeywordField::kLr;
    add_once(hierarchical ? names : flat, name);
  }
  std::set<std::string> levels;
  for (const std::string& name : names) levels.insert(name.substr(name.rfind('|') + 1));
  for (const std::string& name : flat)
    if (!levels.contains(name)) add_once(names, name);
  return names;
}

class ReviewWriter : public TagWriter {
 public:
  ReviewWriter(const std::string& path, const ReviewPageOptions& options) : page_(path, options) {}

  std::string write(const TaggedPicture& picture) override {
    ReviewPicture row{.path = picture.path, .thumbnail = picture.thumbnail, .margin = picture.margin};
    for (const ScoredTag& tag : picture.tags) row.tags.push_back({full_name(tag), tag.score, true});
    for (const ScoredTag& tag : picture.runners_up) row.tags.push_back({full_name(tag), tag.score, false});
    const PictureKeywords keywords = keywords_of(picture.path);
    row.existing = users_keywords(keywords);
    if (!keywords.problems.empty()) row.note = keywords.problems.front();
    page_.add(row);
    return "";
  }

  std::vector<std::string> finish() override {
    page_.finish();
    return {};
  }

 private:
  ReviewPage page_;
};

}  // namespace

std::unique_ptr<TagWriter> make_review_writer(const PredictOptions& options, const TrainedRun& run, const TagRules& rules) {
  return std::make_unique<ReviewWriter>(options.review, page_options(options, run, rules));
}

void request_review_data(PictureTagger& tagger) {
  tagger.runners_up = kOfferedTags;
  tagger.thumbnail_side = kReviewThumbnailSide;
}

}  // namespace tagloom
