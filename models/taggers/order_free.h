#pragma once
// LSTMs with visual attention that choose the order of a picture's tags themselves, in training too.
//
//   z_t = attention over the map with query h_{t-1}           (visual_attention.h)
//   h_t, c_t = LSTM([E a_{t-1}, z_t], h_{t-1}, c_{t-1}),  f_t = W dropout(h_t) + b,  h_0 and c_0 linear in the map's mean
//
// a_0 is START; a_t, t > 0, is chosen by the model itself and fed back without gradient. Two ways to train it:
//
//   Alignment::kNone   the order-free RNN (Chen, Chen, Yeh, Wang, AAAI 2018). The targets of a step are all true tags not named
//                      yet, under binary cross-entropy, and a_t is the best of these: the candidate pool. We did not have the
//                      original text. Dutta et al. 2020 describe the pool in training as the true tags; a later PyTorch program
//                      has all tags in it. We follow the former: with all tags in the pool a wrong one would be fed back,
//                      although the targets do not depend on it. Tags already named are negatives. In decoding, the pool is all
//                      tags not named yet, and a path's probability is the product of sigmoid(f_t) of its tags; a path ends
//                      when every extension falls below the least probability.
//   Alignment::kMla, kPla   softmax over the tags and END; a_t is the best of all, right or wrong, and the target of step t comes
//                      from aligning the true tags with the steps (label_alignment.h). END and START share one embedding.
#include <optional>

#include "models/decoding/label_alignment.h"
#include "models/decoding/sequence_decode.h"
#include "models/taggers/tagger_head.h"
#include "models/taggers/visual_attention.h"

namespace tagloom {

struct OrderFreeOptions {
  static constexpr const char* kKind = "order_free";
  static constexpr const char* kAbout = "an LSTM with visual attention that finds an order itself (backbone.layer = conv5_map)";
  static constexpr bool kFitted = false, kOrdered = false;

  int64_t channels = 0, tags = 0;  // of the backbone's map; without END
  int64_t hidden = 512, embedding = 256, image_embedding = 100, attention = 256;
  int64_t steps = 5;  // of decoding if decode.steps is 0
  Alignment alignment = Alignment::kNone;
  kernels::StepGate gate = kernels::StepGate::kAll;  // kNone: kAll adds one step without targets
  double feature_dropout = 0, dropout = 0, forget_bias = 0;
  bool feature_norm = false;
  LossReduction reduction = LossReduction::kAuto;
  DecodeOptions decode = {};

  void declare(SettingTable& table);
  Automatic automatic() const;
  void check(const Sections& run) const;
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class OrderFree : public TaggerHead {
 public:
  explicit OrderFree(const OrderFreeOptions& options);
  Var loss(const Var& features, const Batch& batch) override;
  Predictions predict(const Var& features) override;
  std::vector<StepPath> step_paths(const Var& features, int64_t competing) override;
  StepScores step_scores() const override { return has_end() ? StepScores::kSoftmax : StepScores::kSigmoid; }
  int64_t tag_count() const override { return options_.tags; }

 private:
  bool has_end() const { return options_.alignment != Alignment::kNone; }
  LstmState start(const VisualAttention::Map& map);
  Var step(const VisualAttention::Map& map, const Tensor& previous, LstmState& state);  // -> f_t [N, classes]
  Var pool_loss(const VisualAttention::Map& map, const Batch& batch);
  Var aligned_loss(const VisualAttention::Map& map, const Batch& batch);
  std::vector<DecodedSequence> decode(const Var& features, int64_t competing);

  OrderFreeOptions options_;
  VisualAttention attention_;
  Linear start_h_, start_c_;
  Embedding embedding_;  // one row per tag, then one for START and END
  LstmCell lstm_;
  Linear output_;
};

}  // namespace tagloom
