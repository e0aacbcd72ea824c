#pragma once
// The rank model (Yan, Wang, Liao, BMVC 2016): an LSTM that sees the picture at every step and is never told what it said,
// trained to name a picture's tags in their order of importance. Equation numbers are the paper's.
//
//   v = W_I x + b_I                                (10)
//   i f o g from v and h_{t-1}; c_t, h_t           (11-17)
//   p_t = softmax(W_z h_t + b_z)                   (18)
//   L = - sum_t log p_t[tag t of the picture]      (19)
#include <optional>

#include "models/taggers/decode.h"
#include "models/taggers/tagger_head.h"

namespace tagloom {

struct RankLstmOptions {
  int64_t features = 0, tags = 0;
  int64_t hidden = 300, image_embedding = 100;
  Real feature_dropout = 0, dropout = Real(0.5), forget_bias = 0;
  bool feature_norm = false;
  DecodeLoop loop = DecodeLoop::kFastest;
  bool bf16 = false;        // where the loop is one op, it multiplies in bfloat16 (kernels/lstm/lstm_decode.h)
  bool relu_image = false;  // NeuralTalk2 has a ReLU after W_I; the paper prints none
  LossReduction reduction = LossReduction::kMeanTokens;
  StepDecoding decoding = {};
};

class RankLstm : public TaggerHead {
 public:
  explicit RankLstm(const RankLstmOptions& options);
  Var loss(const Var& features, const Batch& batch) override;
  Predictions predict(const Var& features) override;  // scores and ranking by options.decoding
  int64_t tag_count() const override { return options_.tags; }

 private:
  Var step_logits(const Var& features, int64_t steps);  // [T*N,V], step-major

  RankLstmOptions options_;
  std::optional<BatchNorm> norm_;
  Linear image_embedding_;
  LstmCell lstm_;
  Linear output_;
};

}  // namespace tagloom
