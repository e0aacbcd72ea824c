#include "tools/serve/batch_tagger.h"

#include "tools/setup/resources.h"

namespace tagloom {

BatchTagger::BatchTagger(TrainedRun& run, int64_t largest) : run_(run) {
  const int64_t side = run.settings.data.transform.size;
  run_in_memory(largest, "--batch", run.device, [&] {
    std::vector<WaitingPicture> empty(static_cast<size_t>(largest));
    for (WaitingPicture& picture : empty) picture.pixels.resize(static_cast<size_t>(side * side * 3));
    tag(empty);
  });
}

std::vector<std::vector<ScoredTag>> BatchTagger::tag(std::span<const WaitingPicture> pictures) {
  const auto count = static_cast<int64_t>(pictures.size());
  const int64_t side = run_.settings.data.transform.size;
  pixels_.clear();
  for (const WaitingPicture& picture : pictures) pixels_.insert(pixels_.end(), picture.pixels.begin(), picture.pixels.end());
  batch_.index.resize(pictures.size());
  batch_.tags.resize(pictures.size());
  batch_.send(batch_.images, pixels_, {count, side, side, 3}, run_.device);
  Predictions predictions = run_.model->predict(batch_);
  calibrate(run_, predictions);
  std::vector<std::vector<ScoredTag>> tags(pictures.size());
  for (int64_t i = 0; i < count; ++i) {
    for (const int32_t tag : given_tags(predictions, i, pictures[i].rule))
      tags[i].push_back({.name = run_.vocabulary.name(tag), .score = predictions.scores[i * predictions.tag_count + tag]});
  }
  return tags;
}

}  // namespace tagloom
