#pragma once
// Saves and loads checkpoints: weights, their average, the optimizer's state, the schedule and the position, in one safetensors
// file written atomically. A file for prediction contains only the weights. Both are self-contained: their metadata has
// everything else that determines the model's predictions (Tagger::metadata).
#include <string>

#include "engine/optim/average.h"
#include "engine/optim/optimizer.h"
#include "engine/optim/schedule.h"
#include "engine/train/tagger.h"
#include "engine/train/trainer.h"

namespace tagloom {

// A hash of the tags, which keeps weights from being loaded with a different vocabulary.
std::string vocabulary_hash(const std::vector<std::string>& tags);

struct CheckpointIdentity {
  std::string vocabulary;   // vocabulary_hash
  std::string version;      // of Tagloom
  std::string origin = {};  // settings and data of the run as text, saved in checkpoints and compared when it resumes
};

void save_tagger(const Tagger& model, const CheckpointIdentity& identity, const std::string& path);
void save_checkpoint(const Tagger& model, const Optimizer& optimizer, const Schedule& schedule, const TrainingPosition& position,
                     const CheckpointIdentity& identity, const std::string& path, const WeightAverage* average = nullptr);

TrainingPosition checkpoint_position(const std::string& path);
std::string checkpoint_origin(const std::string& path);  // empty if the checkpoint has none
std::string weights_hash(const std::string& path);       // the checksum in the file's metadata; empty if there is none

// Throws Error(kData) if the checkpoint has another vocabulary.
void require_vocabulary_of(const std::string& path, const CheckpointIdentity& identity);

// Both throw Error(kData) naming the file and the mismatch, or the tensor with a value that is not finite. The model must not be used
// after that.
void load_tagger(Tagger& model, const CheckpointIdentity& identity, const std::string& path);
TrainingPosition load_checkpoint(Tagger& model, Optimizer& optimizer, Schedule& schedule, const CheckpointIdentity& identity,
                                 const std::string& path, WeightAverage* average = nullptr);

}  // namespace tagloom
