#pragma once
// The interface of a head, which predicts tags from the features of a backbone.
#include "engine/nn/layers.h"
#include "engine/train/tagger.h"
#include "models/decoding/step_path.h"
#include "models/decoding/tag_statistics.h"
#include "models/settings/sections.h"
#include "models/taggers/tagger_rows.h"

namespace tagloom {

class TaggerHead : public Module {
 public:
  virtual Var loss(const Var& features,
                   const Batch& batch) = 0;                 // features [N,F] -> one number; for a map F = P*Q*C, place by place
  virtual bool prepare(Batch& /*batch*/) { return false; }  // see Tagger::prepare()
  virtual Predictions predict(const Var& features) = 0;
  // The steps by which predict() chooses tags: a path per picture, with the `competing` most probable tags of each step. Empty for
  // models without steps.
  virtual std::vector<StepPath> step_paths(const Var& /*features*/, int64_t /*competing*/) { return {}; }
  virtual StepScores step_scores() const { return StepScores::kNone; }
  virtual int64_t tag_count() const = 0;
  // The head's part of the functions of the same names in Tagger.
  virtual SafetensorsMetadata metadata() const { return {}; }
  virtual void set_metadata(const SafetensorsMetadata& /*metadata*/, const std::string& /*path*/) {}
  virtual void size_from(const Safetensors& /*file*/) {}
  virtual void begin_step(int64_t /*iteration*/) {}  // before each training step
};

// Each kind of tagger has an options struct (models/taggers/kinds.h lists them) with its settings and
//
//   static constexpr const char *kKind, *kAbout;      the value of model.kind, and its line of help
//   static constexpr bool kFitted;                    fitted at once (models/fitting), without training steps
//   static constexpr bool kOrdered;                   evaluation uses the order of the true tags
//   void declare(SettingTable& table);                adds its settings to the table
//   Automatic automatic() const;                      the meaning of "auto" in loss.reduction and decode.method
//   void check(const Sections& run) const;            throws Error(kUsage) if its settings conflict with the run's
//   std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
struct Automatic {
  LossReduction reduction = LossReduction::kSumLabelsMeanBatch;
  DecodeMethod method = DecodeMethod::kScores;
};

// Whether an LSTM's steps run as one op (lstm_decode) or op by op. kFastest: one op on CUDA, op by op on a CPU, where the
// library's matrix products beat lstm_decode's loops. The results agree within rounding.
enum class DecodeLoop { kFastest, kOneOp, kOpByOp };

// lstm_decode has no dropout before the output layer: training with dropout always runs op by op.
inline bool is_one_op(DecodeLoop loop, const Tape& tape, Device device, Real dropout) {
  if (tape.training() && dropout > 0) return false;
  return loop == DecodeLoop::kOneOp || (loop == DecodeLoop::kFastest && device.is_cuda());
}

// The factor on a loss summed over tags and steps: 1, 1 / pictures (also kAuto), or 1 / terms of the sum.
inline Real reduction_factor(LossReduction reduction, int64_t pictures, int64_t terms) {
  switch (reduction) {
    case LossReduction::kSum:
      return 1;
    case LossReduction::kMeanTokens:
      return Real(1) / terms;
    default:
      return Real(1) / pictures;
  }
}

}  // namespace tagloom
