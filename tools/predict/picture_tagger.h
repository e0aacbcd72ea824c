#pragma once
// Tags pictures with a trained model, batch by batch, while they are being found.
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
  // The run must outlive the tagger. With `explain`, pictures have steps; throws Error(kUsage) if the model has none.
  PictureTagger(TrainedRun& run, TagRules rules, bool explain = false);

  std::function<void(const TaggedPicture&)> on_picture;  // in the order of the stream
  std::function<void(const ReadFailure&)> on_failure;    // for a picture that cannot be read, before its batch
  std::function<bool(int64_t pictures)> after_batch;     // of so many pictures, read or not; returns false to stop

  // What TaggedPicture has besides the tags; 0: nothing.
  int64_t runners_up = 0;
  int thumbnail_side = 0;

  // Returns false if after_batch() or a signal (engine/core/interrupt.h) stopped it. A batch has as many pictures as the settings say, or
  // fewer where no further one arrives in time.
  bool tag(PictureStream& pictures);

 private:
  void predict(DecodedBatch& decoded);

  TrainedRun& run_;
  TagRules rules_;
  bool explain_;
};

}  // namespace tagloom
