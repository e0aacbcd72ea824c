#pragma once
// A model's answers for all pictures of a source, beside the true tags: what metrics are measured on.
#include "engine/batches/batch_source.h"
#include "engine/train/tagger.h"

namespace tagloom {

struct Answers {
  Predictions predictions;
  std::vector<std::vector<int32_t>> truth;  // a picture, in the dataset's order of tags
  std::vector<int64_t> index;               // of the picture in the dataset
  double loss = 0;                          // mean over pictures, without dropout; 0 where it was not asked for
};

Answers answer(Tagger& model, BatchSource& source, bool with_loss, const std::function<void(int64_t pictures)>& on_progress = {});

}  // namespace tagloom
