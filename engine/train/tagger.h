#pragma once
// What the training loop, the evaluator and the tools see of a model: a batch in, a loss or predictions out.
#include <cstdint>
#include <string>

#include "engine/batches/batch.h"
#include "engine/io/safetensors.h"
#include "engine/nn/module.h"
#include "engine/selection/predictions.h"
#include "engine/tape/tape.h"

namespace tagloom {

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
