// Compares files by their canonical paths.
#include "tools/setup/trained_on.h"

#include "tools/training/run_origin.h"

namespace tagloom {
namespace {

std::string canonical_name(const std::filesystem::path& file) {
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(file, ignored);
  return (whole.empty() ? file : whole).string();
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
  const auto add = [&](const Dataset& dataset) {
    for (int64_t i = 0; i < dataset.size(); ++i) files_.insert(canonical_name(dataset.file_of(i)));
  };
  try {
    const TrainingData data = open_training_data(settings, &run.vocabulary);
    add(data.train);
    if ((settings.model.is_fitted() && settings.refit) || (data.whole && !has_same_pictures(run, *data.whole))) {
      add(data.validation);
    }
  } catch (const Error& error) {
    problem_ = error.what();
  }
}

bool TrainedOn::contains(const std::filesystem::path& picture) const { return files_.contains(canonical_name(picture)); }

}  // namespace tagloom
