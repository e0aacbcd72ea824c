// Collects predictions, ground truth and loss over a source.
#include "engine/train/evaluation.h"

#include <cmath>

namespace tagloom {

EvaluationOutput evaluate(Tagger& model, BatchSource& source, bool with_loss, const std::function<void(int64_t)>& on_progress) {
  EvaluationOutput output;
  double loss_sum = 0;
  source.start_epoch(0, 0);
  for (Batch batch; source.next(batch);) {
    output.predictions.append(model.predict(batch));
    output.truth.insert(output.truth.end(), batch.tags.begin(), batch.tags.end());
    output.index.insert(output.index.end(), batch.index.begin(), batch.index.end());
    if (with_loss) {
      Tape tape(Tape::kForwardOnly);
      loss_sum += model.loss(tape, batch).value().item() * static_cast<double>(batch.size());
    }
    if (on_progress) on_progress(batch.size());
  }
  if (!output.index.empty()) output.loss = loss_sum / static_cast<double>(output.index.size());
  return output;
}

MetricReport measure(const EvaluationOutput& output, int64_t tags, const MetricOptions& options) {
  MetricReport report = measure({.tag_count = tags,
                                 .scores = output.predictions.scores,
                                 .first_step_scores = output.predictions.first_step_scores,
                                 .ranking = output.predictions.ranking,
                                 .truth = output.truth},
                                options);
  for (const PictureMeasure& own : output.predictions.measures) {
    double sum = 0;
    int64_t pictures = 0;
    for (const float value : own.values) {
      if (std::isnan(value)) continue;
      sum += value;
      ++pictures;
    }
    if (pictures == 0) continue;
    report.values.emplace_back(own.name, sum / static_cast<double>(pictures));
    report.definitions.emplace_back(own.name, own.definition);
  }
  return report;
}

}  // namespace tagloom
