#pragma once
// The pictures of a training, or their features if the backbone is frozen.
#include <optional>

#include "models/settings/settings.h"
#include "tools/setup/dataset_features.h"

namespace tagloom {

struct TrainingData {
  Dataset train, validation;     // validation is empty without validation pictures
  std::optional<Dataset> whole;  // the dataset that was split into both

  std::vector<const Dataset*> manifests() const;  // one dataset for each manifest that was read
};

// `vocabulary` is a resumed run's own; null takes the vocabulary from the settings.
TrainingData open_training_data(const Settings& settings, const Vocabulary* vocabulary);

// Empty if every epoch has to read the pictures again.
struct TrainingFeatures {
  std::optional<FeatureTable> train, validation;
};

// Computes and caches the features of a split dataset as a whole, so that runs with another fraction or seed reuse them. Throws
// Interrupted on a signal.
TrainingFeatures prepare_training_features(const Settings& settings, CnnTagger& model, const TrainingData& data, Device device,
                                           Progress& progress);

}  // namespace tagloom
