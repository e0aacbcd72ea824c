#pragma once
// A model's predictions for pictures: a score for each tag and, for some models, a ranking of the tags.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

using TagList = std::vector<int32_t>;  // ids in the vocabulary

// A quantity that a model measures for each picture, such as the overlap of two attention maps.
struct PictureMeasure {
  std::string name, definition;
  std::vector<float> values;  // [N]; NaN for a picture without a value
};

// On the host. Scores are comparable within a picture: higher means more confident.
struct Predictions {
  int64_t tag_count = 0;                 // V
  std::vector<float> scores;             // [N,V]; probabilities if the model has them
  std::vector<float> first_step_scores;  // [N,V] after one LSTM step, or empty
  std::vector<TagList> ranking;          // [N] the decoder's order of all V tags; empty: by score
  std::vector<PictureMeasure> measures;  // reports list their means with the metrics
  int64_t size() const { return tag_count == 0 ? 0 : static_cast<int64_t>(scores.size()) / tag_count; }
  void append(const Predictions& more);
};

}  // namespace tagloom
