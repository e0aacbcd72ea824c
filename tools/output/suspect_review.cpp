// Groups the suspects by picture.
#include "tools/output/suspect_review.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "tools/review/review_page.h"
#include "tools/setup/thumbnail.h"

namespace tagloom {
namespace {

constexpr int kSuspectThumbnailSide = 320;

std::string suspicion_about(const LabelSuspect& suspect, const Vocabulary& vocabulary) {
  return format("“{}” is probably {} (score {:.2f}, usual {:.2f}).", vocabulary.name(suspect.tag),
                suspect.missing ? "missing" : "wrong", suspect.score, suspect.usual);
}

}  // namespace

void write_suspect_review(const std::string& path, const std::string& run, const SuspectList& list, const Dataset& dataset) {
  namespace fs = std::filesystem;
  const Vocabulary& vocabulary = dataset.vocabulary();
  std::vector<int64_t> order;  // of pictures, by their first suspect
  std::map<int64_t, std::vector<LabelSuspect>> of_picture;
  for (const LabelSuspect& one : list.first) {
    std::vector<LabelSuspect>& suspects = of_picture[one.picture];
    if (suspects.empty()) order.push_back(one.picture);
    suspects.push_back(one);
  }
  ReviewPage page(path, {.title = dataset.manifest().filename().string(),
                         .subtitle = format("Probable label errors, judged by {}", run),
                         .existing = "Tags of the dataset",
                         .save_as = fs::path(path).stem().string() + ".jsonl",
                         .vocabulary = vocabulary.names()});
  for (const int64_t i : order) {
    ReviewPicture row{.path = dataset.file_of(i).string(), .margin = -of_picture[i].front().margin};
    try {
      row.thumbnail = thumbnail_jpeg(dataset.content_of(i), kSuspectThumbnailSide);
    } catch (const Error&) {  // judged from cached features, but the file no longer exists
    }
    for (const int32_t tag : dataset.sample(i).tags) row.existing.push_back(vocabulary.name(tag));
    for (const LabelSuspect& one : of_picture[i]) {
      row.note += (row.note.empty() ? "" : " ") + suspicion_about(one, vocabulary);
      if (one.missing) row.tags.push_back({vocabulary.name(one.tag), one.score, true});
    }
    page.add(row);
  }
  page.finish();
}

}  // namespace tagloom
