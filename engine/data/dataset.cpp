// Turns a manifest's rows into samples: maps tags to ids, checks files, and reports everything left out.
#include "engine/data/dataset.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include "engine/data/sampler.h"
#include "engine/io/hash.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Sets file_stamp; returns why the file cannot be a picture, or "". Counts a reason that may pass in `transient`.
std::string check_file(const std::filesystem::path& file, uint64_t& file_stamp, int64_t& transient) {
  struct stat status;
  if (stat(file.c_str(), &status) != 0) {
    transient += errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != ENAMETOOLONG;
    return std::strerror(errno);
  }
  if (S_ISDIR(status.st_mode)) return "Is a directory";
  file_stamp = Hash64()
                   .add_number(static_cast<uint64_t>(status.st_size))
                   .add_number(static_cast<uint64_t>(status.st_mtim.tv_sec))
                   .add_number(static_cast<uint64_t>(status.st_mtim.tv_nsec))
                   .digest();
  return "";
}

std::vector<int64_t> rows_with_each_tag(const Manifest& manifest) {
  std::vector<int64_t> counts(manifest.tag_names.size());
  for (const ManifestRow& row : manifest.rows)
    for (const int32_t tag : row.tags) ++counts[static_cast<size_t>(tag)];
  return counts;
}

bool any_tagged(const std::vector<Sample>& samples) {
  return std::any_of(samples.begin(), samples.end(), [](const Sample& sample) { return !sample.tags.empty(); });
}

int64_t repeated_pictures(const Manifest& manifest) {
  std::unordered_set<std::string_view> paths;
  for (const ManifestRow& row : manifest.rows) paths.insert(row.path);
  return static_cast<int64_t>(manifest.rows.size() - paths.size());
}

}  // namespace

void DatasetOptions::declare(SettingRows& data) {
  data.integer("minimum_count", vocabulary.minimum_count, count_from(1),
               "Leave out tags with fewer training pictures than this.");
  data.flag("drop_untagged", drop_untagged,
            "Leave out training pictures that have no tag of the vocabulary (test pictures: eval.untagged).");
  data.choice("on_error", on_error, "What to do with a picture that cannot be read.").may_change_on_resume();
}

void DatasetOptions::be_strict() {
  strict = true;
  on_error = OnError::kStop;
}

bool Dataset::keeps(const Sample& sample, DatasetUse use) const {
  const bool trained = !options_.drop_untagged || !sample.tags.empty();
  const bool evaluated = options_.untagged == Untagged::kScore || !sample.untagged;
  if (use == DatasetUse::kBoth) return trained || evaluated;
  return use == DatasetUse::kTraining ? trained : evaluated;
}

RowUse Dataset::use_of(const Sample& sample) const {
  if (!keeps(sample, options_.use)) return RowUse::kLeftOut;
  if (options_.use != DatasetUse::kBoth) return RowUse::kKept;
  if (!keeps(sample, DatasetUse::kTraining)) return RowUse::kOnlyEvaluation;
  return keeps(sample, DatasetUse::kEvaluation) ? RowUse::kKept : RowUse::kOnlyTraining;
}

Dataset::Dataset(const Manifest& manifest, Vocabulary vocabulary, const DatasetOptions& options)
    : manifest_(manifest.file),
      folder_(manifest.file.parent_path()),
      vocabulary_(std::move(vocabulary)),
      options_(options),
      manifest_hash_(manifest.content_hash) {
  report_ = {.rows = static_cast<int64_t>(manifest.rows.size()),
             .use_of_untagged = use_of({.path = {}, .untagged = true}),
             .use_of_outside = use_of({.path = {}}),
             .repeated_tags = manifest.repeated_tags,
             .repeated_pictures = repeated_pictures(manifest),
             .minimum_count = options.vocabulary.minimum_count};
  take_rows(manifest);
  if (options_.strict) check_nothing_is_left_out();
  const bool needs_tags = options_.drop_untagged || options_.use == DatasetUse::kEvaluation;
  const std::string why = left_out_text(report_);
  TL_CHECK_AS(ErrorKind::kData, needs_tags ? any_tagged(samples_) : !samples_.empty(), "{}: no picture {}is left{}{}",
              manifest_.string(), needs_tags ? "with a tag of the vocabulary " : "", why.empty() ? "" : ": ", why);
}

void Dataset::take_rows(const Manifest& manifest) {
  const std::vector<int64_t> rows_with = rows_with_each_tag(manifest);
  std::vector<int32_t> id_of(rows_with.size());
  for (size_t tag = 0; tag < id_of.size(); ++tag) {
    const std::string& name = manifest.tag_names[tag];
    id_of[tag] = vocabulary_.find(name);
    if (id_of[tag] >= 0) continue;
    const bool rare = rows_with[tag] < report_.minimum_count;
    (rare ? report_.rare_tags : report_.unknown_tags).push_back({name, rows_with[tag]});
  }
  for (auto* const tags : {&report_.unknown_tags, &report_.rare_tags}) {
    std::sort(tags->begin(), tags->end(),
              [](const auto& a, const auto& b) { return a.count != b.count ? a.count > b.count : a.name < b.name; });
  }

  for (const ManifestRow& row : manifest.rows) {
    const auto place = [&] { return format("{}:{}", manifest_.string(), row.line); };
    Sample sample{.path = row.path, .tags = {}, .line = row.line, .untagged = row.tags.empty()};
    for (const int32_t tag : row.tags) {
      if (id_of[tag] >= 0) sample.tags.push_back(id_of[tag]);
    }
    report_.untagged += sample.untagged;
    report_.outside_vocabulary += !sample.untagged && sample.tags.empty();
    if (!keeps(sample, options_.use)) continue;
    if (options_.check_files) {
      const std::string problem = check_file(folder_ / row.path, sample.file_stamp, report_.transient_failures);
      if (!problem.empty()) {
        report_.missing_files.push_back(format("{}: {}: {}", place(), row.path, problem));
        continue;
      }
    }
    samples_.push_back(std::move(sample));
  }
  if (report_.missing_files.empty() || options_.on_error == OnError::kSkip || options_.strict) return;
  const size_t others = report_.missing_files.size() - 1;
  fail(ErrorKind::kData, "{}{}; set data.on_error = \"skip\" to leave such pictures out", report_.missing_files.front(),
       others > 0 ? format(" (and {} more)", others) : "");
}

void Dataset::check_nothing_is_left_out() const {
  const std::string losses = losses_text(report_);
  TL_CHECK_AS(ErrorKind::kData, losses.empty(), "{}: {}", manifest_.string(), losses);
}

Dataset Dataset::open(const std::filesystem::path& manifest, const DatasetOptions& settings) {
  const Manifest read = read_manifest(manifest);
  TL_CHECK_AS(ErrorKind::kData, !read.rows.empty(), "{}: the manifest has no rows", manifest.string());
  return Dataset(read, Vocabulary::from_manifest(read, settings.vocabulary), settings);
}

Dataset Dataset::open(const std::filesystem::path& manifest, const Vocabulary& vocabulary, const DatasetOptions& settings) {
  const Manifest read = read_manifest(manifest);
  TL_CHECK_AS(ErrorKind::kData, !read.rows.empty(), "{}: the manifest has no rows", manifest.string());
  return Dataset(read, vocabulary, settings);
}

DatasetReport Dataset::report_after_reading(const std::vector<int64_t>& read) const {
  DatasetReport report = report_;
  std::vector<bool> was_read(samples_.size(), false);
  for (const int64_t index : read) was_read.at(static_cast<size_t>(index)) = true;
  for (size_t i = 0; i < samples_.size(); ++i) {
    if (was_read[i]) continue;
    report.unreadable_files.push_back(format("{}:{}: {}", manifest_.string(), samples_[i].line, samples_[i].path));
  }
  return report;
}

Dataset Dataset::of_pictures(const std::vector<std::string>& paths, const Vocabulary& vocabulary) {
  Dataset dataset;
  dataset.vocabulary_ = vocabulary;
  dataset.report_.rows = static_cast<int64_t>(paths.size());
  for (const std::string& path : paths) dataset.samples_.push_back({.path = path});
  return dataset;
}

std::vector<int64_t> Dataset::tag_counts() const {
  std::vector<int64_t> counts(static_cast<size_t>(vocabulary_.size()));
  for (const Sample& sample : samples_)
    for (const int32_t tag : sample.tags) ++counts[static_cast<size_t>(tag)];
  return counts;
}

int64_t Dataset::most_tags() const {
  size_t most = 0;
  for (const Sample& sample : samples_) most = std::max(most, sample.tags.size());
  return static_cast<int64_t>(most);
}

Dataset Dataset::select(const std::vector<int64_t>& indices) const {
  Dataset part;
  part.manifest_ = manifest_;
  part.folder_ = folder_;
  part.vocabulary_ = vocabulary_;
  part.options_ = options_;
  part.report_ = report_;
  part.manifest_hash_ = manifest_hash_;
  part.origin_ = indices;
  for (const int64_t index : indices) part.samples_.push_back(sample(index));
  return part;
}

std::pair<Dataset, Dataset> Dataset::split(double fraction, uint64_t seed) const {
  TL_CHECK(fraction > 0 && fraction < 1, "[dataset] the fraction to split off must be between 0 and 1, got {}", fraction);
  TL_CHECK_AS(ErrorKind::kData, size() >= 2, "{}: cannot split {} pictures, at least 2 are needed", manifest_.string(), size());
  const int64_t cut = std::clamp<int64_t>(std::llround(fraction * static_cast<double>(size())), 1, size() - 1);
  const std::vector<int64_t> shuffled = permutation(size(), {seed, random_stream(0, 0, kSplitStream)});
  std::vector<int64_t> taken(shuffled.begin(), shuffled.begin() + cut), rest(shuffled.begin() + cut, shuffled.end());
  std::sort(taken.begin(), taken.end());
  std::sort(rest.begin(), rest.end());
  if (options_.use != DatasetUse::kBoth) return {select(rest), select(taken)};

  const auto part_for = [&](DatasetUse use, std::vector<int64_t>& indices, const char* name) {
    std::erase_if(indices, [&](int64_t index) { return !keeps(sample(index), use); });
    Dataset part = select(indices);
    TL_CHECK_AS(ErrorKind::kData, any_tagged(part.samples_), "{}: no {} picture of the split has a tag of the vocabulary",
                manifest_.string(), name);
    return part;
  };
  return {part_for(DatasetUse::kTraining, rest, "training"), part_for(DatasetUse::kEvaluation, taken, "validation")};
}

uint64_t Dataset::content_hash() const {
  Hash64 hash;
  hash.add_number(manifest_hash_).add_number(samples_.size());
  for (const Sample& sample : samples_) hash.add_field(sample.path).add_number(sample.file_stamp);
  return hash.digest();
}

}  // namespace tagloom
