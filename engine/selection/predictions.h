#pragma once
// What a model predicts for pictures: a score for each tag, and where it has one an order of the tags.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

using TagList = std::vector<int32_t>;  // numbers in the vocabulary

// A number for each picture that a model reports with its predictions, such as how far two looks at it overlap.
struct PictureMeasure {
  std::string name, definition;
  std::vector<float> values;  // [N]; not a number where a picture has none
};

// On the host. Scores are comparable within a picture: the higher, the surer.
struct Predictions {
  int64_t tag_count = 0;                 // V
  std::vector<float> scores;             // [N,V]; probabilities where the model has them
  std::vector<float> first_step_scores;  // [N,V] after one LSTM step, or empty
  std::vector<TagList> ranking;          // the decoder's order of all V tags a picture, or empty: by scores
  std::vector<PictureMeasure> measures;  // their means are listed among the metrics
  int64_t size() const { return tag_count == 0 ? 0 : static_cast<int64_t>(scores.size()) / tag_count; }
  void append(const Predictions& more);
};

}  // namespace tagloom
