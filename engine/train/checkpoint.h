#pragma once
// What a run leaves on the disk to go on from: weights, their average, the optimizer's memory, the schedule and the position, in one
// safetensors file written atomically. A file for prediction holds the weights alone. Either needs no other file: what else
// decides the model's answers (Tagger::metadata) stands in its metadata.
#include <string>

#include "engine/optim/average.h"
#include "engine/optim/optimizer.h"
#include "engine/optim/schedule.h"
#include "engine/train/tagger.h"
#include "engine/train/trainer.h"

namespace tagloom {

// Of the tags, so that weights cannot be read with another vocabulary.
std::string vocabulary_hash(const std::vector<std::string>& tags);

struct CheckpointIdentity {
  std::string vocabulary;  // vocabulary_hash
  std::string version;     // of Tagloom
};

void save_tagger(const Tagger& model, const CheckpointIdentity& identity, const std::string& path);
void save_checkpoint(const Tagger& model, const Optimizer& optimizer, const Schedule& schedule, const TrainingPosition& position,
                     const CheckpointIdentity& identity, const std::string& path, const WeightAverage* average = nullptr);

// Both throw Error(kData) naming the file and what in it does not fit; the model is not to be used then.
void load_tagger(Tagger& model, const CheckpointIdentity& identity, const std::string& path);
TrainingPosition load_checkpoint(Tagger& model, Optimizer& optimizer, Schedule& schedule, const CheckpointIdentity& identity,
                                 const std::string& path, WeightAverage* average = nullptr);

}  // namespace tagloom
