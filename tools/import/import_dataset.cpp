// Checks each picture that a reader passes on, and writes it to the manifest.
#include "tools/import/import_dataset.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

#include "engine/core/counted.h"
#include "engine/core/interrupt.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/atomic_file.h"
#include "engine/io/hash.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/export/manifest_writer.h"
#include "tools/output/target_file.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

void check_targets(const ImportTargets& targets, const ImportRequest& request) {
  for (const std::string& file : {targets.manifest, targets.words}) {
    require_new(file, targets.replace);
    require_target(file, {request.source});
  }
  TL_CHECK(targets.words.empty() || resolved_path(targets.words) != resolved_path(targets.manifest),
           "{}: cannot be both the manifest and the vocabulary: give two files", targets.manifest);
}

class DatasetImport {
 public:
  DatasetImport(const ImportRequest& request, const ImportTargets& targets)
      : source_(request.source.string()), missing_(targets.missing), writer_(targets.manifest) {}

  void add(const ImportedPicture& picture);
  void finish(const ImportTargets& targets);

  ImportSummary summary;

 private:
  bool exists(const fs::path& picture) const;
  std::vector<std::string> checked_tags(const ImportedPicture& picture);
  std::vector<std::string> vocabulary() const;

  std::string source_;
  MissingPictures missing_;
  ManifestWriter writer_;
  std::string first_missing_;
  std::map<std::string, int64_t, std::less<>> counts_;
  std::vector<uint64_t> hashes_;  // of the paths
};

bool DatasetImport::exists(const fs::path& picture) const {
  struct stat info {};
  if (::stat(picture.c_str(), &info) == 0) {
    TL_CHECK_AS(ErrorKind::kData, S_ISREG(info.st_mode), "{}: {} is not a regular file", source_, printable(picture.string()));
    return true;
  }
  TL_CHECK_AS(ErrorKind::kData, errno == ENOENT || errno == ENOTDIR, "{}: {}", printable(picture.string()), std::strerror(errno));
  return false;
}

std::vector<std::string> DatasetImport::checked_tags(const ImportedPicture& picture) {
  std::vector<std::string> tags;
  std::set<std::string_view> seen;
  const std::string place = !picture.place.empty() ? picture.place : source_ + ": " + picture.path.filename().string();
  for (const std::string& text : picture.tags) {
    const std::string_view tag = trim(text);
    TL_CHECK_AS(ErrorKind::kData, !tag.empty(), "{}: has an empty tag: remove it from the source", place);
    check_text(tag, place);
    if (seen.insert(tag).second)
      tags.emplace_back(tag);
    else
      ++summary.repeated_tags;
  }
  return tags;
}

void DatasetImport::add(const ImportedPicture& picture) {
  if (Interrupt::signal() != 0) throw Interrupted{Interrupt::signal()};
  const std::string path = picture.path.string();
  TL_CHECK_AS(ErrorKind::kData, picture.path.has_filename() && path.find('\0') == path.npos, "{}: a picture has no file name",
              source_);
  const std::vector<std::string> tags = checked_tags(picture);
  if (missing_ != MissingPictures::kKeep && !exists(picture.path)) {
    if (summary.missing++ == 0) first_missing_ = path;
    return;
  }
  writer_.add(picture.path, tags);
  hashes_.push_back(hash_bytes(std::as_bytes(std::span(path))));
  for (const std::string& tag : tags) ++counts_[tag];
  ++summary.pictures;
  summary.untagged += tags.empty();
  summary.tags_in_all += static_cast<int64_t>(tags.size());
}

// The dataset's own list comes first, without repeats.
std::vector<std::string> DatasetImport::vocabulary() const {
  std::vector<std::string> names;
  std::set<std::string_view> known;
  for (const std::string& word : summary.report.words) {
    const std::string_view name = trim(word);
    TL_CHECK_AS(ErrorKind::kData, !name.empty(), "{}: its list of tags contains an empty tag", source_);
    check_text(name, source_);
    if (known.insert(name).second) names.emplace_back(name);
  }
  const auto first = static_cast<std::ptrdiff_t>(names.size());
  for (const auto& [name, count] : counts_) {
    if (known.insert(name).second) names.push_back(name);
  }
  std::stable_sort(names.begin() + first, names.end(),
                   [&](const std::string& a, const std::string& b) { return counts_.at(a) > counts_.at(b); });
  return names;
}

void DatasetImport::finish(const ImportTargets& targets) {
  const int64_t all = summary.pictures + summary.missing;
  TL_CHECK_AS(ErrorKind::kData, missing_ != MissingPictures::kError || summary.missing == 0,
              "{}: {} of {} {} exist, such as {}: name the pictures' folder with --pictures, or add --on-missing skip", source_,
              summary.missing, counted(all, "picture"), summary.missing == 1 ? "does not" : "do not", first_missing_);
  TL_CHECK_AS(ErrorKind::kData, all > 0, "{}: contains no pictures", source_);
  TL_CHECK_AS(ErrorKind::kData, summary.pictures > 0,
              "{}: all of its pictures ({}) are missing, such as {}: name the pictures' folder with --pictures", source_, all,
              first_missing_);
  std::sort(hashes_.begin(), hashes_.end());
  summary.repeated_pictures = std::distance(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  summary.different_tags = static_cast<int64_t>(counts_.size());
  std::optional<AtomicFile> words;
  if (!targets.words.empty()) {
    const std::vector<std::string> names = vocabulary();
    TL_CHECK_AS(ErrorKind::kData, !names.empty(), "{}: contains no tags to write to {}", source_, targets.words);
    summary.words = static_cast<int64_t>(names.size());
    words.emplace(targets.words);
    for (const std::string& name : names) words->write(name + '\n');
  }
  writer_.prepare();
  if (words) words->prepare();
  writer_.commit();
  if (words) words->commit();
}

}  // namespace

ImportSummary import_dataset(const DatasetFormat& format, const ImportRequest& request, const ImportTargets& targets) {
  check_targets(targets, request);
  sweep_folder_of(targets.manifest);
  sweep_folder_of(targets.words);
  DatasetImport dataset(request, targets);
  try {
    dataset.summary.report = format.read(request, [&](const ImportedPicture& picture) { dataset.add(picture); });
  } catch (const fs::filesystem_error& error) {
    const std::string path = (error.path1().empty() ? request.source : error.path1()).string();
    fail(ErrorKind::kData, "{}: cannot be read: {}", path, error.code().message());
  }
  for (const std::string& file : {targets.manifest, targets.words}) require_target(file, dataset.summary.report.lists);
  dataset.finish(targets);
  return dataset.summary;
}

}  // namespace tagloom
