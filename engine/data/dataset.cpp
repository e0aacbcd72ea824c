// Turns a manifest's rows into samples: maps tags to ids, checks files, and reports everything left out.
#include "engine/data/dataset.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>

#include "engine/data/packs/pack.h"
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
  for (const ManifestRow row : manifest.rows)
    for (const int32_t tag : row.tags) ++counts[static_cast<size_t>(tag)];
  return counts;
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

Dataset::Dataset(Manifest manifest, Vocabulary vocabulary, const DatasetOptions& options)
    : manifest_(manifest.file),
      folder_(manifest.pack ? manifest.file : manifest.file.parent_path()),
      vocabulary_(std::move(vocabulary)),
      pack_(manifest.pack),
      options_(options),
      manifest_hash_(manifest.content_hash) {
  report_ = {.rows = static_cast<int64_t>(manifest.rows.size()),
             .use_of_untagged = use_of({.path = {}, .untagged = true}),
             .use_of_outside = use_of({.path = {}}),
             .repeated_tags = manifest.repeated_tags,
             .repeated_pictures = manifest.rows.repeated_paths(),
             .minimum_count = options.vocabulary.minimum_count};
  take_rows(std::move(manifest));
  if (options_.strict) check_nothing_is_left_out();
  const bool needs_tags = options_.drop_untagged || options_.use == DatasetUse::kEvaluation;
  const std::string why = left_out_text(report_);
  TL_CHECK_AS(ErrorKind::kData, needs_tags ? any_tagged() : size() > 0, "{}: no picture {}is left{}{}", manifest_.string(),
              needs_tags ? "with a tag of the vocabulary " : "", why.empty() ? "" : ": ", why);
}

void Dataset::take_rows(Manifest manifest) {
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

  Samples& samples = *samples_;
  samples.rows = std::move(manifest.rows);
  for (const ManifestRow row : samples.rows) samples.untagged.push_back(row.tags.empty());
  report_.untagged = std::count(samples.untagged.begin(), samples.untagged.end(), true);
  samples.rows.map_tags(id_of);
  keep_if([&](int64_t i) {
    const Sample one = sample(i);
    report_.outside_vocabulary += !one.untagged && one.tags.empty();
    return keeps(one, options_.use);
  });
  if (options_.check_files && !pack_) check_files();
}

void Dataset::check_files() {
  samples_->file_stamps.resize(samples_->rows.size());
  keep_if([&](int64_t i) {
    const Sample one = sample(i);
    const std::string problem =
        check_file(folder_ / one.path, samples_->file_stamps[static_cast<size_t>(i)], report_.transient_failures);
    if (!problem.empty()) {
      report_.missing_files.push_back(format("{}:{}: {}: {}", manifest_.string(), one.line, one.path, problem));
    }
    return problem.empty();
  });
  if (report_.missing_files.empty() || options_.on_error == OnError::kSkip || options_.strict) return;
  const size_t others = report_.missing_files.size() - 1;
  fail(ErrorKind::kData, "{}{}; set data.on_error = \"skip\" to leave such pictures out", report_.missing_files.front(),
       others > 0 ? format(" (and {} more)", others) : "");
}

// Calls `keep` for each picture in order, and drops those for which it returns false.
void Dataset::keep_if(const std::function<bool(int64_t)>& keep) {
  Samples& samples = *samples_;
  size_t kept = 0;
  std::vector<bool> is_kept(samples.rows.size());
  for (size_t i = 0; i < is_kept.size(); ++i) {
    is_kept[i] = keep(static_cast<int64_t>(i));
    if (!is_kept[i]) continue;
    if (!samples.file_stamps.empty()) samples.file_stamps[kept] = samples.file_stamps[i];
    samples.untagged[kept++] = samples.untagged[i];
  }
  if (kept == is_kept.size()) return;
  samples.rows.keep(is_kept);
  samples.untagged.resize(kept);
  if (!samples.file_stamps.empty()) samples.file_stamps.resize(kept);
}

Sample Dataset::sample(int64_t index) const {
  const auto at = static_cast<size_t>(is_part_ ? origin_[static_cast<size_t>(index)] : index);
  const ManifestRow row = samples_->rows[at];
  return {.path = row.path,
          .tags = row.tags,
          .line = row.line,
          .file_stamp = samples_->file_stamps.empty() ? 0 : samples_->file_stamps[at],
          .untagged = samples_->untagged[at]};
}

PictureContent Dataset::content_of(int64_t index) const {
  if (!pack_) return read_content(file_of(index));
  const Sample packed = sample(index);
  return pack_->content(static_cast<size_t>(packed.line - 1), packed.path);
}

bool Dataset::any_tagged() const {
  for (int64_t i = 0; i < size(); ++i)
    if (!sample(i).tags.empty()) return true;
  return false;
}

void Dataset::check_nothing_is_left_out() const {
  const std::string losses = losses_text(report_);
  TL_CHECK_AS(ErrorKind::kData, losses.empty(), "{}: {}", manifest_.string(), losses);
}

Dataset Dataset::open(const std::filesystem::path& manifest, const DatasetOptions& settings) {
  Manifest read = read_manifest(manifest);
  TL_CHECK_AS(ErrorKind::kData, !read.rows.empty(), "{}: the manifest has no rows", manifest.string());
  Vocabulary vocabulary = Vocabulary::from_manifest(read, settings.vocabulary);
  return Dataset(std::move(read), std::move(vocabulary), settings);
}

Dataset Dataset::open(const std::filesystem::path& manifest, const Vocabulary& vocabulary, const DatasetOptions& settings) {
  Manifest read = read_manifest(manifest);
  TL_CHECK_AS(ErrorKind::kData, !read.rows.empty(), "{}: the manifest has no rows", manifest.string());
  return Dataset(std::move(read), vocabulary, settings);
}

DatasetReport Dataset::report_after_reading(const std::vector<int64_t>& read) const {
  DatasetReport report = report_;
  std::vector<bool> was_read(static_cast<size_t>(size()), false);
  for (const int64_t index : read) was_read.at(static_cast<size_t>(index)) = true;
  for (int64_t i = 0; i < size(); ++i) {
    if (was_read[static_cast<size_t>(i)]) continue;
    report.unreadable_files.push_back(format("{}:{}: {}", manifest_.string(), sample(i).line, sample(i).path));
  }
  return report;
}

Dataset Dataset::of_pictures(const std::vector<std::string>& paths, const Vocabulary& vocabulary) {
  Dataset dataset;
  dataset.vocabulary_ = vocabulary;
  dataset.report_.rows = static_cast<int64_t>(paths.size());
  for (const std::string& path : paths) dataset.samples_->rows.add(path, 0);
  dataset.samples_->untagged.resize(paths.size());
  return dataset;
}

std::vector<int64_t> Dataset::tag_counts() const {
  std::vector<int64_t> counts(static_cast<size_t>(vocabulary_.size()));
  for (int64_t i = 0; i < size(); ++i)
    for (const int32_t tag : sample(i).tags) ++counts[static_cast<size_t>(tag)];
  return counts;
}

int64_t Dataset::most_tags() const {
  size_t most = 0;
  for (int64_t i = 0; i < size(); ++i) most = std::max(most, sample(i).tags.size());
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
  part.pack_ = pack_;
  part.samples_ = samples_;
  part.is_part_ = true;
  for (const int64_t index : indices) part.origin_.push_back(is_part_ ? origin_[static_cast<size_t>(index)] : index);
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
    TL_CHECK_AS(ErrorKind::kData, part.any_tagged(), "{}: no {} picture of the split has a tag of the vocabulary",
                manifest_.string(), name);
    return part;
  };
  return {part_for(DatasetUse::kTraining, rest, "training"), part_for(DatasetUse::kEvaluation, taken, "validation")};
}

uint64_t Dataset::content_hash() const {
  Hash64 hash;
  hash.add_number(manifest_hash_).add_number(static_cast<uint64_t>(size()));
  for (int64_t i = 0; i < size(); ++i) hash.add_field(sample(i).path).add_number(sample(i).file_stamp);
  return hash.digest();
}

}  // namespace tagloom
