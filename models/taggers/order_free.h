#pragma once
// LSTMs that look at the picture and name its tags in an order of their own, in training too.
//
//   z_t = attention over the map, asked by h_{t-1}            (visual_attention.h)
//   h_t, c_t = LSTM([E a_{t-1}, z_t], h_{t-1}, c_{t-1}),  f_t = W dropout(h_t) + b,  h_0 and c_0 linear in the map's mean
//
// a_0 is START; a_t, t > 0, is chosen by the model itself and fed back without gradient. Two ways to train it:
//
//   Alignment::kNone   the order-free RNN (Chen, Chen, Yeh, Wang, AAAI 2018). Every step is asked for all true tags that were not named
//                      yet, by binary cross-entropy, and a_t is the best of these: the candidate pool. The original text was not at
//                      hand. Dutta et al. 2020 describe its pool in training as the true tags, a later PyTorch program has all tags
//                      in it; taken here is the former: with every tag in the pool a wrong one would be fed back, while what is asked
//                      for does not depend on it. Tags named already are negatives. Test: the pool is all tags not named yet, and a
//                      path's probability is the product of sigmoid(f_t) of its tags; where every way on is below the least
//                      probability of a path, the path ends.
//   Alignment::kMla, kPla   softmax over the tags and END; a_t is the best of all, right or wrong, and what step t is asked for is
//                      found by aligning the true tags with the steps (label_alignment.h). END's number is fed back as START's.
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
  int64_t steps = 5;  // of decoding, where decode.steps is 0
  Alignment alignment = Alignment::kNone;
  kernels::StepGate gate = kernels::StepGate::kAll;  // kNone: with kAll the targets of one more step are empty
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
  int64_t tag_count() const override { return options_.tags; }

 private:
  bool has_end() const { return options_.alignment != Alignment::kNone; }
  LstmState start(const VisualAttention::Map& map);
  Var step(const VisualAttention::Map& map, const Tensor& previous, LstmState& state);  // -> f_t [N, classes]
  Var pool_loss(const VisualAttention::Map& map, const Batch& batch);
  Var aligned_loss(const VisualAttention::Map& map, const Batch& batch);

  OrderFreeOptions options_;
  VisualAttention attention_;
  Linear start_h_, start_c_;
  Embedding embedding_;  // one row a tag, then one for START and END
  LstmCell lstm_;
  Linear output_;
};

}  // namespace tagloom
