#pragma once
// A dataset opened from a manifest: pictures are checked, tags are ids, and everything left out is counted.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/dataset_report.h"
#include "engine/data/manifest.h"
#include "engine/data/vocabulary.h"
#include "engine/settings/setting_table.h"

namespace tagloom {

// What to do about a picture that is missing or cannot be decoded.
enum class OnError { kStop, kSkip };
template <>
inline constexpr auto kEnumNames<OnError> = names_of<OnError>({{OnError::kStop, "stop"}, {OnError::kSkip, "skip"}});

// What to do about a picture without any tag in an evaluation.
enum class Untagged { kLeaveOut, kScore };
template <>
inline constexpr auto kEnumNames<Untagged> = names_of<Untagged>({{Untagged::kLeaveOut, "leave_out"},
                                                                 {Untagged::kScore, "score"}});

// What a dataset is opened for, which decides the rows that it keeps. An evaluation keeps the rows whose tags are all outside the
// vocabulary, so that its pictures do not depend on the vocabulary. kBoth keeps the rows of either, for split().
enum class DatasetUse { kTraining, kEvaluation, kBoth };

struct DatasetOptions {
  VocabularyOptions vocabulary = {};  // used if the vocabulary is made from the manifest
  DatasetUse use = DatasetUse::kTraining;
  bool drop_untagged = true;                // training: leave out pictures without a tag of the vocabulary
  Untagged untagged = Untagged::kLeaveOut;  // evaluation: pictures without any tag
  OnError on_error = OnError::kStop;
  bool strict = false;      // everything that would be left out is an error, but for the tags below vocabulary.minimum_count
  bool check_files = true;  // check that every picture exists (one stat each)

  void declare(SettingRows& data);
  void be_strict();  // `strict`, for unreadable pictures too
};

// A view of one picture of a dataset, valid as long as the dataset or a part of it.
struct Sample {
  std::string_view path;    // as in the manifest
  TagIds tags = {};         // in the manifest's order, each once
  int64_t line = 0;         // in the manifest
  uint64_t file_stamp = 0;  // from the file's size and modification time; 0 if files were not checked
  bool untagged = false;    // the manifest has no tags for it
};

// A picture's file in memory: read, or a part of a mapped pack.
struct PictureContent {
  std::string name;  // for messages
  std::vector<uint8_t> read;
  std::span<const uint8_t> bytes;  // of `read`, or of a pack that outlives it
};

class Dataset {
 public:
  Dataset() = default;

  // Throws Error(kData) naming file and line for an invalid manifest, a missing picture (OnError::kStop), anything that would be
  // left out (strict), or if no picture is left. Of the tags that are not in a given vocabulary, the report counts those with fewer
  // than vocabulary.minimum_count pictures as rare.
  static Dataset open(const std::filesystem::path& manifest, const DatasetOptions& settings = {});
  static Dataset open(const std::filesystem::path& manifest, const Vocabulary& vocabulary, const DatasetOptions& settings = {});
  // Unlabelled pictures for prediction: the files in `paths`.
  static Dataset of_pictures(const std::vector<std::string>& paths, const Vocabulary& vocabulary);

  int64_t size() const { return static_cast<int64_t>(is_part_ ? origin_.size() : samples_->rows.size()); }
  Sample sample(int64_t index) const;
  const Vocabulary& vocabulary() const { return vocabulary_; }
  std::filesystem::path file_of(int64_t index) const { return folder_ / sample(index).path; }
  // The bytes of picture `index`; not to outlive the dataset. Throws Error(kData) if the file cannot be read.
  PictureContent content_of(int64_t index) const;
  const Pack* pack() const { return pack_.get(); }  // null if pictures are files
  const std::filesystem::path& manifest() const { return manifest_; }
  const DatasetReport& report() const { return report_; }
  // The report once the pictures have been read; `read` has the indices of those that could be.
  DatasetReport report_after_reading(const std::vector<int64_t>& read) const;

  std::vector<int64_t> tag_counts() const;  // [vocabulary().size()]: the number of pictures with each tag
  int64_t most_tags() const;                // the most that one picture has

  // Splits off round(fraction * size()) random pictures, at least one and not all; both parts keep the manifest's order and the
  // report of the whole. Returns {the rest, the part split off}. The same seed gives the same split on every machine. Of a dataset
  // for both uses, the rest then keeps the rows for training, and the other part those for evaluation.
  std::pair<Dataset, Dataset> split(double fraction, uint64_t seed) const;

  // The part with these pictures, in this order, and the report of the whole.
  Dataset select(const std::vector<int64_t>& indices) const;

  // For a part: its pictures' indices in the dataset that was opened. Empty for that dataset.
  const std::vector<int64_t>& origin() const { return origin_; }

  // A hash of the manifest's bytes and the pictures used, and, if the files were checked, of their sizes and modification times.
  uint64_t content_hash() const;

 private:
  // The rows that are kept, and what their manifest does not say about them.
  struct Samples {
    ManifestRows rows;
    std::vector<uint64_t> file_stamps;  // empty if files were not checked
    std::vector<bool> untagged;
  };

  Dataset(Manifest manifest, Vocabulary vocabulary, const DatasetOptions& options);
  void take_rows(Manifest manifest);
  void check_files();
  void keep_if(const std::function<bool(int64_t)>& keep);
  bool any_tagged() const;
  void check_nothing_is_left_out() const;
  bool keeps(const Sample& sample, DatasetUse use) const;
  RowUse use_of(const Sample& sample) const;

  std::filesystem::path manifest_, folder_;
  Vocabulary vocabulary_;
  std::shared_ptr<Samples> samples_ = std::make_shared<Samples>();  // shared by the parts of a split
  bool is_part_ = false;
  std::vector<int64_t> origin_;
  std::shared_ptr<const Pack> pack_;
  DatasetOptions options_;
  DatasetReport report_;
  uint64_t manifest_hash_ = 0;
};

}  // namespace tagloom
