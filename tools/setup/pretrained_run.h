#pragma once
// Makes taggers from weights files whose backbone has its own classifier, without training.
#include <string>
#include <vector>

#include "models/trained_run.h"
#include "tools/command_line/options.h"

namespace tagloom {

struct PretrainedRequest {
  std::string weights;    // a file with the classifier's layer
  std::string classes;    // the names of its classes (tools/pretrained/class_names.h); empty: a config.json next to the weights
  SettingsFlags changes;  // of the settings below
};

struct PretrainedTagger {
  // model.kind = "pretrained"; pictures as in ImageNet's evaluation: short side 256, the centre 224 x 224; top 5
  Settings settings;
  std::vector<Assignment> assignments;  // from which the settings come
  Vocabulary vocabulary;
  std::string classes;             // the file that the names come from
  std::string form;                // what it was recognised as
  std::vector<std::string> notes;  // what was changed in the names, in sentences
};

// Throws Error(kData) if the weights have no classifier, or another number of classes than there are names.
PretrainedTagger pretrained_tagger(const PretrainedRequest& request);

// The file with the names of a weights file's classes: the config.json next to it, if it has some; else empty.
std::string class_names_of_weights(const std::string& weights);

// Loads the weights. The run's folder is the weights file.
TrainedRun open_pretrained(const PretrainedTagger& tagger);

// Writes the run folder, which must not exist or be empty: settings, tags and weights.
void write_pretrained_run(const PretrainedTagger& tagger, const std::string& folder, const std::vector<std::string>& heading);

}  // namespace tagloom
