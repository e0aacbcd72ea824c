#pragma once
// A dataset opened from a manifest: pictures are checked, tags are ids, and everything left out is counted.
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/data/manifest.h"
#include "engine/data/vocabulary.h"
#include "engine/settings/setting_table.h"

namespace tagloom {

// What to do about a picture that is missing or cannot be decoded.
enum class OnError { kStop, kSkip };
template <>
inline constexpr auto kEnumNames<OnError> = names_of<OnError>({{OnError::kStop, "stop"}, {OnError::kSkip, "skip"}});

struct DatasetOptions {
  VocabularyOptions vocabulary = {};  // used if the vocabulary is made from the manifest
  bool drop_untagged = true;          // leave out, and count, pictures without a tag of the vocabulary
  bool strict_tags = false;           // a tag that is not in the given vocabulary is an error; false: it is left out and counted
  OnError on_error = OnError::kStop;
  bool check_files = true;  // check that every picture exists (one stat each)

  void declare(SettingRows& data);
};

struct Sample {
  std::string path;                // as in the manifest
  std::vector<int32_t> tags = {};  // ids, in the manifest's order, each once
  int64_t line = 0;                // in the manifest
  uint64_t file_stamp = 0;         // from the file's size and modification time; 0 if files were not checked
};

// What was left out when a dataset was opened; printed before a run and by `tagdata inspect`.
struct DatasetReport {
  struct UnknownTag {
    std::string name;
    int64_t count;
  };
  int64_t rows = 0;                             // in the manifest
  int64_t untagged = 0;                         // rows without tags, not counting those below
  int64_t left_untagged = 0;                    // rows whose tags are all missing from the vocabulary
  int64_t repeated_tags = 0;                    // repeats of a tag within a row
  std::vector<UnknownTag> unknown_tags = {};    // not in the vocabulary, with the number of rows; sorted by name
  std::vector<std::string> missing_files = {};  // "train.tsv:12: photos/a.jpg: …"; with OnError::kSkip
};

class Dataset {
 public:
  Dataset() = default;

  // Throws Error(kData) naming file and line for an invalid manifest, a missing picture (OnError::kStop), an unknown tag
  // (strict_tags), or if no picture is left.
  static Dataset open(const std::filesystem::path& manifest, const DatasetOptions& settings = {});
  static Dataset open(const std::filesystem::path& manifest, const Vocabulary& vocabulary, const DatasetOptions& settings = {});
  // Unlabelled pictures for prediction: the files in `paths`.
  static Dataset of_pictures(const std::vector<std::string>& paths, const Vocabulary& vocabulary);

  int64_t size() const { return static_cast<int64_t>(samples_.size()); }
  const Sample& sample(int64_t index) const { return samples_[static_cast<size_t>(index)]; }
  const std::vector<Sample>& samples() const { return samples_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  std::filesystem::path file_of(int64_t index) const { return folder_ / sample(index).path; }
  const std::filesystem::path& manifest() const { return manifest_; }
  const DatasetReport& report() const { return report_; }

  std::vector<int64_t> tag_counts() const;  // [vocabulary().size()]: the number of pictures with each tag
  int64_t most_tags() const;                // the most that one picture has

  // Splits off round(fraction * size()) random pictures, at least one and not all; both parts keep the manifest's order and the
  // report of the whole. Returns {the rest, the part split off}. The same seed gives the same split on every machine.
  std::pair<Dataset, Dataset> split(double fraction, uint64_t seed) const;

  // For a part made by split(): its pictures' indices in the original dataset. Empty for a dataset that was opened.
  const std::vector<int64_t>& origin() const { return origin_; }

  // A hash of the manifest's bytes and the pictures used, and, if the files were checked, of their sizes and modification times.
  uint64_t content_hash() const;

 private:
  Dataset select(const std::vector<int64_t>& indices) const;
  void take_rows(const Manifest& manifest, const DatasetOptions& settings, bool vocabulary_given);

  std::filesystem::path manifest_, folder_;
  Vocabulary vocabulary_;
  std::vector<Sample> samples_;
  std::vector<int64_t> origin_;
  DatasetReport report_;
  uint64_t manifest_hash_ = 0;
};

}  // namespace tagloom
