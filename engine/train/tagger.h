#pragma once
// The interface of a model for training, evaluation and the tools: takes a batch, returns a loss or predictions.
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
  // The host's part of loss(), which stores inputs of loss() in batch.prepared_inputs. True if loss() then only submits work to
  // the device, the same for batches of the same shapes, so that a GPU can record and replay it. Returns false and does nothing
  // if loss() reads the model's own predictions on the host, or draws random numbers there.
  virtual bool prepare(Batch& /*batch*/) { return false; }
  virtual Predictions predict(const Batch& batch) = 0;  // on a forward-only tape of its own
  // The backbone's output for a batch of pictures, which feature caches store. [N,F]
  virtual Var features(Tape& tape, const Batch& batch) = 0;
  virtual int64_t tag_count() const = 0;
  // Called before each training step; may change which parameters are trainable.
  virtual void begin_step(int64_t /*iteration*/) {}
  // Everything except weights and settings that determines the predictions, saved with the weights. set_metadata() throws
  // Error(kData) naming `path` if something is missing or invalid.
  virtual SafetensorsMetadata metadata() const { return {}; }
  virtual void set_metadata(const SafetensorsMetadata& /*metadata*/, const std::string& /*path*/) {}
  // Called before loading weights: tensors whose sizes are determined by training take their sizes from the file.
  virtual void size_from(const Safetensors& /*file*/) {}
};

}  // namespace tagloom
