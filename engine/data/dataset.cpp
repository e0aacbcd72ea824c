// Turns a manifest's rows into samples: maps tags to ids, checks files, and reports everything left out.
#include "engine/data/dataset.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "engine/core/closest_match.h"
#include "engine/data/sampler.h"
#include "engine/io/hash.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Sets file_stamp; returns why the file cannot be a picture, or "".
std::string check_file(const std::filesystem::path& file, uint64_t& file_stamp) {
  struct stat status;
  if (stat(file.c_str(), &status) != 0) return std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return "Is a directory";
  file_stamp = Hash64()
                   .add_number(static_cast<uint64_t>(status.st_size))
                   .add_number(static_cast<uint64_t>(status.st_mtim.tv_sec))
                   .add_number(static_cast<uint64_t>(status.st_mtim.tv_nsec))
                   .digest();
  return "";
}

[[noreturn]] void fail_missing(const std::vector<std::string>& missing) {
  const std::string more = missing.size() > 1 ? format(" (and {} more)", missing.size() - 1) : "";
  fail(ErrorKind::kData, "{}{}; set data.on_error = \"skip\" to leave such pictures out", missing.front(), more);
}

}  // namespace

void DatasetOptions::declare(SettingRows& data) {
  data.integer("minimum_count", vocabulary.minimum_count, at_least(1), "Leave out tags with fewer training pictures than this.");
  data.flag("drop_untagged", drop_untagged, "Leave out training pictures that have no tag of the vocabulary.");
  data.choice("on_error", on_error, "What to do with a picture that cannot be read.");
}

void Dataset::take_rows(const Manifest& manifest, const DatasetOptions& settings, bool vocabulary_given) {
  manifest_ = manifest.file;
  folder_ = manifest.file.parent_path();
  manifest_hash_ = manifest.content_hash;
  report_ = {.rows = static_cast<int64_t>(manifest.rows.size()), .repeated_tags = manifest.repeated_tags};

  std::vector<int32_t> id_of(manifest.tag_names.size());
  std::vector<int64_t> unknown(manifest.tag_names.size());
  for (size_t tag = 0; tag < id_of.size(); ++tag) id_of[tag] = vocabulary_.find(manifest.tag_names[tag]);

  for (const ManifestRow& row : manifest.rows) {
    const auto place = [&] { return format("{}:{}", manifest_.string(), row.line); };
    Sample sample{.path = row.path, .tags = {}, .line = row.line};
    for (const int32_t tag : row.tags) {
      const std::string& name = manifest.tag_names[tag];
      TL_CHECK_AS(ErrorKind::kData, id_of[tag] >= 0 || !vocabulary_given || !settings.strict_tags,
                  "{}: tag \"{}\" is not in the vocabulary{}", place(), name, did_you_mean(name, vocabulary_.names()));
      if (id_of[tag] >= 0)
        sample.tags.push_back(id_of[tag]);
      else
        ++unknown[tag];
    }
    report_.untagged += row.tags.empty();
    report_.left_untagged += !row.tags.empty() && sample.tags.empty();
    if (sample.tags.empty() && settings.drop_untagged) continue;
    if (settings.check_files) {
      const std::string problem = check_file(folder_ / row.path, sample.file_stamp);
      if (!problem.empty()) {
        report_.missing_files.push_back(format("{}: {}: {}", place(), row.path, problem));
        continue;
      }
    }
    samples_.push_back(std::move(sample));
  }

  if (settings.on_error == OnError::kStop && !report_.missing_files.empty()) fail_missing(report_.missing_files);
  for (size_t tag = 0; tag < unknown.size(); ++tag)
    if (unknown[tag] > 0) report_.unknown_tags.push_back({manifest.tag_names[tag], unknown[tag]});
  std::sort(report_.unknown_tags.begin(), report_.unknown_tags.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  TL_CHECK_AS(ErrorKind::kData, !samples_.empty(),
              "{}: no picture is left of {} rows: {} have no tags, {} only tags that are not in the "
              "vocabulary, {} name a missing file",
              manifest_.string(), report_.rows, report_.untagged, report_.left_untagged, report_.missing_files.size());
}

Dataset Dataset::open(const std::filesystem::path& manifest, const DatasetOptions& settings) {
  const Manifest read = read_manifest(manifest);
  TL_CHECK_AS(ErrorKind::kData, !read.rows.empty(), "{}: the manifest has no rows", manifest.string());
  Dataset dataset;
  dataset.vocabulary_ = Vocabulary::from_manifest(read, settings.vocabulary);
  dataset.take_rows(read, settings, /*vocabulary_given=*/false);
  return dataset;
}

Dataset Dataset::open(const std::filesystem::path& manifest, const Vocabulary& vocabulary, const DatasetOptions& settings) {
  const Manifest read = read_manifest(manifest);
  TL_CHECK_AS(ErrorKind::kData, !read.rows.empty(), "{}: the manifest has no rows", manifest.string());
  Dataset dataset;
  dataset.vocabulary_ = vocabulary;
  dataset.take_rows(read, settings, /*vocabulary_given=*/true);
  return dataset;
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
  return {select(rest), select(taken)};
}

uint64_t Dataset::content_hash() const {
  Hash64 hash;
  hash.add_number(manifest_hash_).add_number(samples_.size());
  for (const Sample& sample : samples_) hash.add_field(sample.path).add_number(sample.file_stamp);
  return hash.digest();
}

}  // namespace tagloom
