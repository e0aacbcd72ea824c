#pragma once
// What a dataset leaves out of its manifest, and why: counts, and a sentence for each reason.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

// What becomes of rows of one kind.
enum class RowUse { kKept, kLeftOut, kOnlyTraining, kOnlyEvaluation };

struct DatasetReport {
  struct TagCount {
    std::string name;
    int64_t count;  // rows with the tag
  };
  int64_t rows = 0;                                // in the manifest
  int64_t untagged = 0;                            // rows without tags
  int64_t outside_vocabulary = 0;                  // rows with tags, but none of the vocabulary
  RowUse use_of_untagged = RowUse::kKept;          // of these rows
  RowUse use_of_outside = RowUse::kKept;           // of these rows
  int64_t repeated_tags = 0;                       // repeats of a tag within a row
  int64_t repeated_pictures = 0;                   // rows with the path of an earlier row
  std::vector<TagCount> unknown_tags = {};         // not in the given vocabulary, the most frequent first
  std::vector<TagCount> rare_tags = {};            // left out of the vocabulary by its minimum_count, likewise
  int64_t minimum_count = 1;                       // of the vocabulary
  std::vector<std::string> missing_files = {};     // "train.tsv:12: photos/a.jpg: …"; with OnError::kSkip
  int64_t transient_failures = 0;                  // of these, for reasons that may pass, such as a failing disk
  std::vector<std::string> unreadable_files = {};  // "train.tsv:12: photos/a.jpg", from Dataset::report_after_reading()
};

struct LeftOut {
  std::string reason;    // "missing_pictures", for programs
  int64_t count = 0;     // pictures, rows or tags
  bool is_loss = false;  // it occurs, and data.minimum_count does not ask for it: a warning, or an error with --strict
  std::string sentence;  // "2 of 9 pictures have no tags and are left out"; empty if count is 0
};

// One entry for each reason, in a fixed order, also for those that do not occur.
std::vector<LeftOut> left_out(const DatasetReport& report);

// The sentences of the reasons that occur, or of the losses among them, separated by "; ". Empty if there are none.
std::string left_out_text(const DatasetReport& report);
std::string losses_text(const DatasetReport& report);

}  // namespace tagloom
