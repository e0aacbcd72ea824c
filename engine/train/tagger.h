#pragma once
// What the training loop, the evaluator and the tools see of a model: a batch in, a loss or predictions out.
#include <cstdint>
#include <string>
#include <vector>

#include "engine/batches/batch.h"
#include "engine/io/safetensors.h"
#include "engine/nn/module.h"
#include "engine/tape/tape.h"

namespace tagloom {

// A number of each picture that a model wants known beside its answers, such as what it looked at.
struct PictureMeasure {
  std::string name, definition;
  std::vector<float> values;  // [N]; not a number where a picture has none
};

// On the host. Scores are comparable within a picture: the higher, the surer.
struct Predictions {
  int64_t tag_count = 0;                      // V
  std::vector<float> scores;                  // [N,V]; probabilities where the model has them
  std::vector<float> first_step_scores;       // [N,V] after one LSTM step, or empty
  std::vector<std::vector<int32_t>> ranking;  // the decoder's order of all V tags a picture, or empty: by scores
  std::vector<PictureMeasure> measures;       // their means are listed among the metrics
  int64_t size() const { return tag_count == 0 ? 0 : static_cast<int64_t>(scores.size()) / tag_count; }
  void append(const Predictions& more);
};

class Tagger : public Module {
 public:
  virtual Var loss(Tape& tape, const Batch& batch) = 0;  // one number
  // The host's part of loss(), before it: what loss() needs to be told goes to batch.told. True where loss() is then work of the
  // device alone and the same for batches of the same shapes, so that a GPU can record and repeat it. False, and nothing done, where
  // loss() looks at the model's own answers on its way, or draws at random on the host.
  virtual bool prepare(Batch& /*batch*/) { return false; }
  virtual Predictions predict(const Batch& batch) = 0;  // on a forward-only tape of its own
  // The backbone's output for a batch of pictures: what a feature cache holds. [N,F]
  virtual Var features(Tape& tape, const Batch& batch) = 0;
  virtual int64_t tag_count() const = 0;
  // Called before each training step, so that what is trained may depend on how far training is.
  virtual void begin_step(int64_t /*iteration*/) {}
  // What decides its answers beside weights and settings, for the file that holds the weights; and back from there. Throws
  // Error(kData) naming `path` where something is missing or makes no sense.
  virtual SafetensorsMetadata metadata() const { return {}; }
  virtual void set_metadata(const SafetensorsMetadata& /*metadata*/, const std::string& /*path*/) {}
  // Called before weights are loaded from the file: tensors whose sizes only a training knows get those that they have there.
  virtual void size_from(const Safetensors& /*file*/) {}
};

}  // namespace tagloom
