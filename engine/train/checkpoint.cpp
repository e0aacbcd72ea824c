// Maps the state of a run to tensors and metadata of a safetensors file, and back.
#include "engine/train/checkpoint.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "engine/io/hash.h"
#include "engine/train/weights.h"

namespace tagloom {
namespace {

constexpr const char* kOptimizerPrefix = "optimizer.";
constexpr const char* kAveragePrefix = "average.";

// A text that reads back to the same bits.
std::string position_text(const TrainingPosition& p) {
  char text[224];
  std::snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %a %" PRId64 " %d %a %" PRId64, p.epoch,
                p.batch, p.iteration, p.epoch_start, p.epoch_loss_sum, p.epoch_pictures, p.best_value ? 1 : 0,
                p.best_value.value_or(0), p.best_epoch);
  return text;
}

// Counts of epochs, steps and pictures; larger ones could overflow.
bool is_count(int64_t value) { return value >= 0 && value < int64_t{1} << 53; }

TrainingPosition position_from(const std::string& text, const std::string& path) {
  TrainingPosition p;
  int has_best = 0, length = 0;
  double best = 0;
  const int fields = std::sscanf(
      text.c_str(), "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %la %" SCNd64 " %d %la %" SCNd64 "%n", &p.epoch, &p.batch,
      &p.iteration, &p.epoch_start, &p.epoch_loss_sum, &p.epoch_pictures, &has_best, &best, &p.best_epoch, &length);
  const bool counts = is_count(p.epoch) && is_count(p.batch) && is_count(p.iteration) && is_count(p.epoch_start) &&
                      is_count(p.epoch_pictures) && (p.best_epoch == -1 || is_count(p.best_epoch));
  TL_CHECK_AS(ErrorKind::kData, fields == 9 && static_cast<size_t>(length) == text.size() && counts,
              "{}: its training position is \"{}\": the file is damaged", path, text);
  if (has_best) p.best_value = best;
  return p;
}

std::string health_text(const TrainingHealth& h) {
  char text[128];
  std::snprintf(text, sizeof text, "%a %a %" PRId64 " %" PRId64 " %d", h.untrained_loss, h.untrained_gradient, h.pictures,
                h.exploded_steps, h.sane ? 1 : 0);
  return text;
}

TrainingHealth health_from(const std::string& text, const std::string& path) {
  TrainingHealth h;
  int sane = 0;
  TL_CHECK_AS(ErrorKind::kData,
              std::sscanf(text.c_str(), "%la %la %" SCNd64 " %" SCNd64 " %d", &h.untrained_loss, &h.untrained_gradient,
                          &h.pictures, &h.exploded_steps, &sane) == 5 &&
                  std::isfinite(h.untrained_loss) && std::isfinite(h.untrained_gradient) && is_count(h.pictures) &&
                  is_count(h.exploded_steps),
              "{}: its training health is \"{}\": the file is damaged", path, text);
  h.sane = sane != 0;
  return h;
}

std::vector<int64_t> counts_from(const std::string& text, const std::string& path) {
  std::istringstream words(text);
  std::vector<int64_t> counts;
  for (int64_t count; words >> count;) counts.push_back(count);
  TL_CHECK_AS(ErrorKind::kData, words.eof() && std::all_of(counts.begin(), counts.end(), is_count),
              "{}: its steps are \"{}\": the file is damaged", path, text);
  return counts;
}

const std::string& require_metadata(const Safetensors& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  TL_CHECK_AS(ErrorKind::kData, found != file.metadata().end(), "{}: has no \"{}\": this is not a checkpoint of a Tagloom run",
              file.path(), key);
  return found->second;
}

std::string metadata_of(const Safetensors& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? "" : found->second;
}

TrainingPosition position_of(const Safetensors& file) {
  TrainingPosition position = position_from(require_metadata(file, "tagloom.position"), file.path());
  const std::string health = metadata_of(file, "tagloom.health");
  if (!health.empty()) position.health = health_from(health, file.path());
  return position;
}

void check_identity(const Safetensors& file, const CheckpointIdentity& identity) {
  TL_CHECK_AS(ErrorKind::kData, require_metadata(file, "tagloom.vocabulary") == identity.vocabulary,
              "{}: the run's vocabulary.txt has other tags than this file was trained with: restore that vocabulary.txt",
              file.path());
}

SafetensorsMetadata file_metadata(const Tagger& model, const CheckpointIdentity& identity) {
  SafetensorsMetadata metadata = model.metadata();
  metadata["tagloom.vocabulary"] = identity.vocabulary;
  metadata["tagloom.version"] = identity.version;
  return metadata;
}

std::string steps_text(const std::vector<int64_t>& steps) {
  std::string text;
  for (int64_t step : steps) text += std::to_string(step) + " ";
  return text;
}

}  // namespace

std::string vocabulary_hash(const std::vector<std::string>& tags) {
  Hash64 hash;
  for (const std::string& tag : tags) hash.add_field(tag);
  return hash_text(hash.digest());
}

void save_tagger(const Tagger& model, const CheckpointIdentity& identity, const std::string& path) {
  save_weights(model, path, file_metadata(model, identity));
}

void save_checkpoint(const Tagger& model, const Optimizer& optimizer, const Schedule& schedule, const TrainingPosition& position,
                     const CheckpointIdentity& identity, const std::string& path, const WeightAverage* average) {
  ModuleEntries weights = module_entries(model);
  std::vector<OptimizerState> state = optimizer.state();
  if (average != nullptr) {
    for (OptimizerState& one : average->state()) state.push_back(std::move(one));
  }
  std::vector<std::vector<Real>> memory;
  memory.reserve(state.size());
  for (const OptimizerState& s : state) {
    memory.push_back(s.tensor.to_vector());
    weights.entries.push_back({s.name, SafetensorsType::kF32, s.tensor.shape(), std::as_bytes(std::span(memory.back()))});
  }
  SafetensorsMetadata metadata = file_metadata(model, identity);
  metadata["tagloom.position"] = position_text(position);
  metadata["tagloom.health"] = health_text(position.health);
  if (!identity.origin.empty()) metadata["tagloom.origin"] = identity.origin;
  metadata["tagloom.schedule"] = schedule.state();
  metadata["tagloom.optimizer_steps"] = steps_text(optimizer.steps_taken());
  if (average != nullptr) metadata["tagloom.average"] = std::to_string(average->count());
  write_safetensors(path, weights.entries, std::move(metadata));
}

TrainingPosition checkpoint_position(const std::string& path) { return position_of(Safetensors::open(path)); }
std::string checkpoint_origin(const std::string& path) { return metadata_of(Safetensors::open(path), "tagloom.origin"); }

void require_vocabulary_of(const std::string& path, const CheckpointIdentity& identity) {
  check_identity(Safetensors::open(path), identity);
}

std::string weights_hash(const std::string& path) { return metadata_of(Safetensors::open(path), kSafetensorsChecksum); }

void load_tagger(Tagger& model, const CheckpointIdentity& identity, const std::string& path) {
  const Safetensors file = Safetensors::open(path);
  check_identity(file, identity);
  model.size_from(file);
  load_weights(model, file, {.ignored = {kOptimizerPrefix, kAveragePrefix}});
  model.set_metadata(file.metadata(), path);
}

TrainingPosition load_checkpoint(Tagger& model, Optimizer& optimizer, Schedule& schedule, const CheckpointIdentity& identity,
                                 const std::string& path, WeightAverage* average) {
  const Safetensors file = Safetensors::open(path);
  check_identity(file, identity);
  const TrainingPosition position = position_of(file);
  std::vector<OptimizerState> memory;
  for (const SafetensorsEntry& entry : file.entries()) {
    if (!entry.name.starts_with(kOptimizerPrefix) && !entry.name.starts_with(kAveragePrefix)) continue;
    memory.push_back({entry.name, Tensor::from(file.to_floats(entry), entry.shape)});
  }
  model.size_from(file);
  load_weights(model, file, {.ignored = {kOptimizerPrefix, kAveragePrefix}});
  model.set_metadata(file.metadata(), path);
  optimizer.load_state(memory, path);
  if (average != nullptr && file.metadata().contains("tagloom.average")) {
    const std::vector<int64_t> count = counts_from(require_metadata(file, "tagloom.average"), path);
    TL_CHECK_AS(ErrorKind::kData, count.size() == 1, "{}: has {} counts of averaged steps: the file is damaged", path,
                count.size());
    average->load_state(memory, count[0], path);
  }
  optimizer.set_steps_taken(counts_from(require_metadata(file, "tagloom.optimizer_steps"), path));
  schedule.set_state(require_metadata(file, "tagloom.schedule"));
  return position;
}

}  // namespace tagloom
