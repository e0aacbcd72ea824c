#pragma once
// Tags pictures with a trained model, batch by batch, as they are found.
#include <functional>

#include "engine/data/picture_reader.h"
#include "models/trained_run.h"
#include "tools/listing/picture_stream.h"
#include "tools/predict/tagged_picture.h"
#include "tools/tag_rules/tag_rules.h"

namespace tagloom {

struct DecodedBatch;

class PictureTagger {
 public:
  // The run must outlive the tagger. `explain` adds the model's steps to each picture. Throws Error(kUsage) if the model has none.
  PictureTagger(TrainedRun& run, TagRules rules, bool explain = false);

  std::function<void(const TaggedPicture&)> on_picture;  // in the order of the stream
  std::function<void(const ReadFailure&)> on_failure;    // for each picture that cannot be read, before its batch
  std::function<bool(int64_t pictures)> after_batch;     // number of pictures in it, read or not; returns false to stop

  // Optional data in TaggedPicture; 0 for none.
  int64_t runners_up = 0;
  int thumbnail_side = 0;

  // Returns false if after_batch() or a signal (engine/core/interrupt.h) stopped it. The settings determine the batch size; a batch is
  // smaller if no further picture arrives in time.
  bool tag(PictureStream& pictures);

 private:
  void predict(DecodedBatch& decoded);

  TrainedRun& run_;
  TagRules rules_;
  bool explain_;
};

}  // namespace tagloom
