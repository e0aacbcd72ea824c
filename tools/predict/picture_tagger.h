#pragma once
// Tags pictures with a trained model, batch by batch.
#include <functional>
#include <string>
#include <vector>

#include "engine/data/picture_reader.h"
#include "models/trained_run.h"
#include "tools/predict/tagged_picture.h"
#include "tools/tag_rules/tag_rules.h"

namespace tagloom {

class PictureTagger {
 public:
  // The run must outlive the tagger. With `explain`, pictures have steps; throws Error(kUsage) if the model has none.
  PictureTagger(TrainedRun& run, TagRules rules, bool explain = false);

  std::function<void(const TaggedPicture&)> on_picture;  // in the order of the paths
  std::function<void(const ReadFailure&)> on_failure;    // for a picture that cannot be read, before its batch
  std::function<bool(int64_t pictures)> after_batch;     // returns false to stop

  // Returns false if after_batch() stopped it.
  bool tag(const std::vector<std::string>& paths);

 private:
  TrainedRun& run_;
  TagRules rules_;
  bool explain_;
};

}  // namespace tagloom
