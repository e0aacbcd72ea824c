#pragma once
// Evaluation: what a model predicts for all pictures of a source, beside their true tags, and the metrics of that.
#include "engine/batches/batch_source.h"
#include "engine/metrics/metrics.h"
#include "engine/train/tagger.h"

namespace tagloom {

struct EvaluationOutput {
  Predictions predictions;
  std::vector<TagList> truth;  // a picture, in the dataset's order of tags
  std::vector<int64_t> index;  // of the picture in the dataset
  double loss = 0;             // mean over pictures, without dropout; 0 where it was not asked for
};

EvaluationOutput evaluate(Tagger& model, BatchSource& source, bool with_loss,
                          const std::function<void(int64_t pictures)>& on_progress = {});

// With the means of what the model itself measured of each picture.
MetricReport measure(const EvaluationOutput& output, int64_t tags, const MetricOptions& options);

}  // namespace tagloom
