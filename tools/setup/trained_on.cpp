// Compares files by their canonical paths, then by their sizes and hashes.
#include "tools/setup/trained_on.h"

#include <optional>

#include "engine/io/hash.h"
#include "kernels/text/utf8.h"
#include "tools/training/run_origin.h"

namespace tagloom {
namespace {

std::string canonical_name(const std::filesystem::path& file) {
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(file, ignored);
  return (whole.empty() ? file : whole).string();
}

// Nothing for a file that cannot be read, which is reported where pictures are decoded.
std::optional<uint64_t> content_of(const std::string& file) {
  try {
    return hash_file(file);
  } catch (const Error&) {
    return {};
  }
}

// Whether the manifest still has as many pictures as when the run began; true if the run did not record this.
bool has_same_pictures(const TrainedRun& run, const Dataset& whole) {
  const std::string last = run.folder + "/last.safetensors";
  if (!std::filesystem::exists(last)) return true;
  const RunOrigin origin = read_origin(last);
  const auto count = origin.find("data.train pictures");
  return count == origin.end() || count->second == std::to_string(whole.size());
}

}  // namespace

TrainedOn::TrainedOn(const TrainedRun& run) {
  Settings settings = run.settings;
  settings.data.dataset.check_files = false;
  settings.data.dataset.strict = false;
  try {
    const TrainingData data = open_training_data(settings, &run.vocabulary);
    add(data.train);
    if ((settings.model.is_fitted() && settings.refit) || (data.whole && !has_same_pictures(run, *data.whole))) {
      add(data.validation);
    }
  } catch (const Error& error) {
    problem_ = error.what();
    return;
  }
  if (unreadable_ > 0) {
    problem_ = format("{} of its {} training pictures cannot be read, the first is {}, so copies of them are not recognised",
                      unreadable_, files_.size(), first_unreadable_);
  }
}

void TrainedOn::add(const Dataset& dataset) {
  if (dataset.pack() != nullptr) packs_.push_back(dataset);
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const std::string file = canonical_name(dataset.file_of(i));
    if (!files_.insert(file).second) continue;
    if (dataset.pack() != nullptr) {
      const PictureContent content = dataset.content_of(i);
      by_size_[content.bytes.size()].packed.push_back(content.bytes);
      continue;
    }
    std::error_code error;
    const uintmax_t size = std::filesystem::file_size(file, error);
    if (!error) {
      by_size_[size].files.push_back(file);
    } else if (++unreadable_ == 1) {
      first_unreadable_ = with_replacements(file);
    }
  }
}

bool TrainedOn::contains(const Dataset& dataset, int64_t index) const {
  const std::string file = canonical_name(dataset.file_of(index));
  if (files_.contains(file)) return true;
  std::error_code error;
  const bool packed = dataset.pack() != nullptr;
  const auto found = by_size_.find(packed ? dataset.content_of(index).bytes.size() : std::filesystem::file_size(file, error));
  if (error || found == by_size_.end()) return false;
  OfSize& trained = found->second;
  for (const std::string& one : trained.files)
    if (const auto content = content_of(one)) trained.contents.insert(*content);
  for (const std::span<const uint8_t> one : trained.packed) trained.contents.insert(hash_bytes(std::as_bytes(one)));
  trained.files.clear();
  trained.packed.clear();
  const std::optional<uint64_t> content = packed ? hash_bytes(std::as_bytes(dataset.content_of(index).bytes)) : content_of(file);
  return content && trained.contents.contains(*content);
}

}  // namespace tagloom
