#pragma once
// What a training reads: its pictures, and where the backbone is frozen their features.
#include <optional>

#include "models/settings/settings.h"
#include "tools/setup/dataset_features.h"

namespace tagloom {

struct TrainingData {
  Dataset train, validation;     // without pictures where nothing is validated
  std::optional<Dataset> whole;  // what both were carved from
};

// A resumed run brings the vocabulary that it knows; null takes the one that the settings describe.
TrainingData open_training_data(const Settings& settings, const Vocabulary* known);

// Nothing where the pictures must be read anew in every epoch.
struct TrainingFeatures {
  std::optional<FeatureTable> train, validation;
};

// Features of a dataset that was carved up are computed, and kept, for all of it: any other fraction or seed finds them there.
// Throws Interrupted when a signal comes meanwhile.
TrainingFeatures prepare_training_features(const Settings& settings, CnnTagger& model, const TrainingData& data, Device device,
                                           Progress& progress);

}  // namespace tagloom
