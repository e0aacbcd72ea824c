#include "engine/train/answers.h"

namespace tagloom {

Answers answer(Tagger& model, BatchSource& source, bool with_loss, const std::function<void(int64_t)>& on_progress) {
  Answers answers;
  double loss_sum = 0;
  source.start_epoch(0, 0);
  for (Batch batch; source.next(batch);) {
    answers.predictions.append(model.predict(batch));
    answers.truth.insert(answers.truth.end(), batch.tags.begin(), batch.tags.end());
    answers.index.insert(answers.index.end(), batch.index.begin(), batch.index.end());
    if (with_loss) {
      Tape tape(Tape::kForwardOnly);
      loss_sum += model.loss(tape, batch).value().item() * static_cast<double>(batch.size());
    }
    if (on_progress) on_progress(batch.size());
  }
  if (!answers.index.empty()) answers.loss = loss_sum / static_cast<double>(answers.index.size());
  return answers;
}

}  // namespace tagloom
