#pragma once
// Joint visual-semantic propagation (Ma, Zhu, Sun, Yan, ICANN 2018): an LSTM that names one tag per step; the last tag and the
// earlier ones choose the features of the picture that the next step attends to. Equation numbers are the paper's.
//
//   w_k = U_l a_{t-1}, w_f = U_f a_{t-1}                     (1)  a_0 is START; a_t the tag of step t
//   K_t = W_h (sum_{i<t} lambda_i h_i) / (t - 1), K_1 = 0    (2)  knowledge; lambda_i: the largest probability of a tag at step i
//   g_t = w_k + K_t                                          (3)  semantic guidance
//   V_t = softmax(C(I) * g_t)                                (4)  attention over the D features
//   T_t = softmax(w_f * W_g tanh(w_f + dropout(U_i V_t)))    (5, 6)
//   h_t, c_t = LSTM([V_t, T_t], h_{t-1}, c_{t-1})            (7, 8)
//   y_t = W_s (dropout(h_t) + V_t), p_t = softmax(y_t)       (9)
//   L_V = sum_{t>=2} sum_i V_{t-1,i} V_{t,i} / (T - 1)       (10) over terms where both are at least `diversity_threshold`; 0 if T = 1
//   L   = - sum_t log p_t[tag t] / T + diversity L_V         (11) the mean over pictures
//
// The targets of a picture's T steps are its tags in order, then END; training feeds back the true tag, decoding the model's own.
// If there are as many features as LSTM cells (VGG's last convolution, averaged: 512), C(I) are the features, else W x + b. The
// paper leaves open K_1, START and END, and which tag Eq. 11 means.
#include <optional>

#include "models/decoding/sequence_decode.h"
#include "models/decoding/tag_order.h"
#include "models/taggers/tagger_head.h"

namespace tagloom {

struct JvspOptions {
  static constexpr const char* kKind = "jvsp";
  static constexpr const char* kAbout =
      "an LSTM whose last tag selects the features that the next step attends to (Ma et al. 2018)";
  static constexpr bool kFitted = false, kOrdered = false;

  int64_t features = 0;       // from the backbone
  int64_t hidden = 512;       // D: the LSTM's cells and the length of C(I), U_l and V
  int64_t embedding = 256;    // of U_f and T
  int64_t steps = 5;          // of decoding if decode.steps is 0
  bool image_linear = false;  // C(I) = W x + b; false: the features themselves, D of them
  bool feature_norm = false;
  double feature_dropout = 0, visual_dropout = 0.5, dropout = 0;  // of the features, of U_i V, of h before the tags
  bool biases = false;                                            // of the LSTM's gates and of the output; the paper has none
  double forget_bias = 0;
  bool scale_softmax = false;    // multiply V_t (except in L_V) by D and T_t by its length: their mean is then 1, not 1 / 512
  bool lambda_gradient = false;  // let the gradient flow through lambda
  double diversity = 0.5, diversity_threshold = 0.01;  // alpha, beta
  SequenceOrder order = SequenceOrder::kGiven;
  DecodeOptions decode = {};

  void declare(SettingTable& table);
  Automatic automatic() const { return {LossReduction::kSumLabelsMeanBatch, DecodeMethod::kGreedy}; }
  void check(const Sections& run) const;
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class Jvsp : public TaggerHead {
 public:
  Jvsp(const JvspOptions& options, const TagStatistics& tags);
  Var loss(const Var& features, const Batch& batch) override;
  Predictions predict(const Var& features) override;
  std::vector<StepPath> step_paths(const Var& features, int64_t competing) override;
  StepScores step_scores() const override { return StepScores::kSoftmax; }
  int64_t tag_count() const override { return tags_; }

 private:
  struct Memory {  // state from one step to the next
    LstmState lstm;
    Var knowledge;  // sum_i lambda_i h_i
  };
  struct Step {
    Var logits;   // [N,V+1]
    Var weights;  // [N,D], V_t before scaling
  };
  struct Decoded {
    std::vector<DecodedSequence> sequences;
    std::vector<PictureMeasure> measures;
  };
  Var image(const Var& features);
  Memory start(Tape& tape, int64_t n) const;
  Step step(int64_t t, const Var& image, const Tensor& previous, Memory& memory);  // t = 0, 1 ...
  void remember(const Var& logits, Memory& memory);                                // after a step that another one follows
  Var largest_probability(const Var& logits);                                      // lambda, [N,1]
  Decoded decode(const Var& features, int64_t competing);

  JvspOptions options_;
  int64_t tags_;
  TagOrderer orderer_;
  std::optional<BatchNorm> norm_;
  std::optional<Linear> image_;
  Embedding guide_, tag_;               // U_l, U_f: one row per tag, then one for START
  Linear knowledge_, visual_, refine_;  // W_h, U_i, W_g
  LstmCell lstm_;
  Linear output_;  // W_s: the tags, then END
};

}  // namespace tagloom
