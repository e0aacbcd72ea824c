#pragma once
// Runs the model on the transformed pictures of a batch.
#include <span>
#include <vector>

#include "engine/batches/batch.h"
#include "models/trained_run.h"
#include "tools/serve/batcher.h"

namespace tagloom {

class BatchTagger {
 public:
  // The run must outlive the tagger. Runs the model once on `largest` empty pictures, to throw Error(kDevice) early if a batch does not fit
  // into memory.
  BatchTagger(TrainedRun& run, int64_t largest);

  // The tags that each picture's rule selects from its own scores.
  std::vector<std::vector<ScoredTag>> tag(std::span<const WaitingPicture> pictures);

 private:
  TrainedRun& run_;
  std::vector<uint8_t> pixels_;
  Batch batch_;
};

}  // namespace tagloom
