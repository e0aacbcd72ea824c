#pragma once
// Evaluation: a model's predictions for all pictures of a source, their true tags, and the metrics.
#include "engine/batches/batch_source.h"
#include "engine/metrics/metrics.h"
#include "engine/train/tagger.h"

namespace tagloom {

struct EvaluationOutput {
  Predictions predictions;
  std::vector<TagList> truth;  // one list per picture, in the dataset's order of tags
  std::vector<int64_t> index;  // the pictures' indices in the dataset
  double loss = 0;             // mean over pictures, without dropout; 0 unless requested
};

EvaluationOutput evaluate(Tagger& model, BatchSource& source, bool with_loss,
                          const std::function<void(int64_t pictures)>& on_progress = {});

// Includes the means of the model's own measures (Predictions::measures).
MetricReport measure(const EvaluationOutput& output, int64_t tags, const MetricOptions& options);

}  // namespace tagloom
