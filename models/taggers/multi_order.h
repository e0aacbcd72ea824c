#pragma once
// The multi-order model (Dutta, Verma, Jawahar, ECCV 2020): the target of each step of an LSTM is every true tag except those
// just named, which teaches it many orders of an unordered set. Equation numbers are the paper's.
//
//   x_t = E a_{t-1}                        (1)  a_0 is START; a_t the winner of step t, fed back without gradient
//   h_t, c_t = LSTM(x_t, h_{t-1}, c_{t-1}) (2)
//   f_t = W h_t + b                        (3)  or W tanh(U h_t + d) + b, the authors' code
//   y_t = y with the tags of the mask removed   (5, 6)
//   L   = sum_t BCE(f_t, y_t)              (7)
//   Decoding: T steps with the model's own winners fed back; a tag's score is s(max_t f_t).
#include <optional>

#include "models/taggers/classifier.h"
#include "models/taggers/tagger_head.h"

namespace tagloom {

enum class Preset { kNone, kPaper, kCode };
template <>
inline constexpr auto kEnumNames<Preset> =
    names_of<Preset>({{Preset::kNone, "none"}, {Preset::kPaper, "paper"}, {Preset::kCode, "code"}});

// The LSTM's first state (`state`): from the probabilities s of a classifier that is trained with it, h0 = tanh(W_h BN(s) + b_h)
// and c0 in the same way; from the backbone's features, h0 = tanh(W_h dropout(x) + b_h); or zero.
struct MultiOrderOptions {
  static constexpr const char* kKind = "multi_order";
  static constexpr const char* kAbout = "an LSTM trained on many orders of the tags (Dutta et al. 2020)";
  static constexpr bool kFitted = false, kOrdered = false;

  int64_t features = 0, tags = 0;  // from the backbone and the vocabulary
  Preset preset = Preset::kNone;   // expands to assignments before the settings are read
  int64_t hidden = 512, embedding = 256, steps = 5;
  kernels::BceMask mask = kernels::BceMask::kPrevious;
  kernels::StepGate gate = kernels::StepGate::kAll;
  InitialState state = InitialState::kProbabilities;
  OutputHead head = OutputHead::kLinear;
  double feature_dropout = 0, dropout = 0, forget_bias = 0;
  bool feature_norm = false;    // batch norm on the features that start the LSTM
  bool classifier_norm = true;  // kProbabilities: batch norm before the classifier; this and the next two are not settings
  DecodeLoop loop = DecodeLoop::kFastest;
  double embedding_bound = 1;  // the embedding starts as U(-bound, bound)
  LossReduction reduction = LossReduction::kAuto;

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const;
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

// The assignments that a preset expands to.
std::vector<Assignment> preset_assignments(Preset preset);

class MultiOrder : public TaggerHead {
 public:
  explicit MultiOrder(const MultiOrderOptions& options);
  Var loss(const Var& features, const Batch& batch) override;
  bool prepare(Batch&) override { return true; }  // no work on the host: tags are chosen on the device
  Predictions predict(const Var& features) override;
  std::vector<StepPath> step_paths(const Var& features, int64_t competing) override;
  StepScores step_scores() const override { return StepScores::kSigmoid; }
  int64_t tag_count() const override { return options_.tags; }
  void reset(RandomKey key) override;

 private:
  struct Rollout {
    Var logits;      // [T,N,V]
    Tensor emitted;  // int32 [T,N]
    Tensor pooled;   // [N,V], the largest logit over the steps; forward-only tapes
  };
  LstmState start(const Var& features, Var* classifier_logits);
  Rollout roll_out(const LstmState& start);
  Rollout whole_loop(const LstmState& start);
  Var output(const Var& h);

  MultiOrderOptions options_;
  std::optional<Classifier> classifier_;  // kProbabilities
  std::optional<BatchNorm> start_norm_;
  std::optional<Linear> start_h_, start_c_;
  Embedding embedding_;  // one row per tag, then one for START
  LstmCell lstm_;
  std::optional<Linear> projection_;  // kTanhTwoLayer
  Linear output_;
};

}  // namespace tagloom
