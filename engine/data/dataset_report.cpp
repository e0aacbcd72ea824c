// Counts and sentences of what a dataset leaves out.
#include "engine/data/dataset_report.h"

#include <algorithm>

#include "engine/core/counted.h"
#include "kernels/base/format.h"

namespace tagloom {
namespace {

constexpr size_t kNamedFiles = 3, kNamedTags = 5;

// "2 of 9 pictures have", "1 of 9 pictures has"
std::string of_rows(int64_t count, int64_t rows, const char* what, const char* has, const char* have) {
  return format("{} of {} {} {}", count, rows, what, count == 1 ? has : have);
}

std::string are(int64_t count) { return count == 1 ? "is" : "are"; }

std::string use_words(RowUse use, int64_t count) {
  switch (use) {
    case RowUse::kKept:
      return are(count) + " kept without tags";
    case RowUse::kLeftOut:
      return are(count) + " left out";
    case RowUse::kOnlyTraining:
      return are(count) + " used for training only";
    case RowUse::kOnlyEvaluation:
      return are(count) + " used for validation only";
  }
  return "";
}

// ": a; b; c; and 4 more", of `total` things
std::string listed(const std::vector<std::string>& first, size_t total, const char* separator) {
  std::string text = ": ";
  for (size_t i = 0; i < first.size(); ++i) text += (i == 0 ? "" : separator) + first[i];
  return total > first.size() ? format("{}{}and {} more", text, separator, total - first.size()) : text;
}

std::string files_text(const std::vector<std::string>& files) {
  return listed({files.begin(), files.begin() + std::min(files.size(), kNamedFiles)}, files.size(), "; ");
}

std::string tags_text(const std::vector<DatasetReport::TagCount>& tags) {
  std::vector<std::string> first;
  for (size_t i = 0; i < std::min(tags.size(), kNamedTags); ++i) {
    const char* const unit = i > 0 ? "" : tags[i].count == 1 ? " picture" : " pictures";
    first.push_back(format("{} ({}{})", tags[i].name, tags[i].count, unit));
  }
  return listed(first, tags.size(), ", ");
}

template <class Which>
std::string sentences(const DatasetReport& report, Which which) {
  std::string text;
  for (const LeftOut& one : left_out(report)) {
    if (which(one)) text += (text.empty() ? "" : "; ") + one.sentence;
  }
  return text;
}

}  // namespace

std::vector<LeftOut> left_out(const DatasetReport& report) {
  std::vector<LeftOut> list;
  const auto add = [&](const char* reason, int64_t count, const std::string& sentence, bool is_loss = true) {
    list.push_back({reason, count, is_loss && count > 0, count > 0 ? sentence : ""});
  };
  const auto size = [](const auto& names) { return static_cast<int64_t>(names.size()); };
  const auto if_unused = [](RowUse use, int64_t count) { return use == RowUse::kKept ? 0 : count; };
  const int64_t missing = size(report.missing_files), unreadable = size(report.unreadable_files);
  const int64_t untagged = report.untagged, outside = report.outside_vocabulary;
  const int64_t unknown = size(report.unknown_tags), rare = size(report.rare_tags);

  add("missing_pictures", missing,
      of_rows(missing, report.rows, "picture files", "cannot be opened and is", "cannot be opened and are") + " left out" +
          files_text(report.missing_files));
  add("unreadable_pictures", unreadable,
      of_rows(unreadable, report.rows, "pictures", "cannot be read and is", "cannot be read and are") + " left out" +
          files_text(report.unreadable_files));
  add("untagged_pictures", if_unused(report.use_of_untagged, untagged),
      of_rows(untagged, report.rows, "pictures", "has", "have") + " no tags and " + use_words(report.use_of_untagged, untagged));
  add("pictures_outside_vocabulary", outside,
      of_rows(outside, report.rows, "pictures", "has", "have") + " only tags that are not in the vocabulary and " +
          use_words(report.use_of_outside, outside),
      unknown > 0);
  add("unknown_tags", unknown,
      counted(unknown, "tag is", "tags are") + " not in the vocabulary and " + are(unknown) + " left out" +
          tags_text(report.unknown_tags));
  add("rare_tags", rare,
      counted(rare, "tag has", "tags have") + format(" fewer than data.minimum_count = {} pictures and ", report.minimum_count) +
          are(rare) + " left out" + tags_text(report.rare_tags),
      false);
  add("repeated_tags", report.repeated_tags,
      counted(report.repeated_tags, "tag repeats", "tags repeat") + " another of its row and " + are(report.repeated_tags) +
          " left out");
  add("repeated_pictures", report.repeated_pictures,
      counted(report.repeated_pictures, "row repeats", "rows repeat") + " the picture of another row and " +
          (report.repeated_pictures == 1 ? "counts" : "count") + " again");
  return list;
}

std::string left_out_text(const DatasetReport& report) {
  return sentences(report, [](const LeftOut& one) { return one.count > 0; });
}

std::string losses_text(const DatasetReport& report) {
  return sentences(report, [](const LeftOut& one) { return one.is_loss; });
}

}  // namespace tagloom
