#pragma once
// The baseline classifier: batch norm, dropout, one linear layer, and one of many losses (tag_loss.h).
//
//   f = W dropout(BN(x)) + b,   L = -sum_c [y_c log s(f_c) + (1 - y_c) log(1 - s(f_c))],   s the logistic function
//
// With a label decision (Li, Song and Luo 2017, Section 3.3, the form that estimates thresholds) a small network predicts the score
// that a tag needs in this picture:
//
//   t = W_3 relu(W_2 relu(W_1 BN(x))),   100 and 10 wide;   trained by the cross-entropy of s(f - t); no gradient reaches f
//
// Two more heads read a map of places (backbone.layer = "conv5_map"):
//
//   gap    the same f for the mean of x over the places
//   csra   s_k = W x_k / |W| at each place k, no bias; f = sum over heads of mean s + lambda sum softmax(T s) s   (Zhu and Wu 2021,
//          kernels/cnn/residual_attention.h); T of 1, 2, 4, 6, 8 heads: 1 | 1 max | 1 2 4 max | 1..5 max | 1..7 max
#include <optional>
#include <vector>

#include "models/taggers/tag_loss.h"
#include "models/taggers/tagger_head.h"

namespace tagloom {

struct ClassifierOptions {
  static constexpr const char* kKind = "classifier";
  static constexpr const char* kAbout = "one output per tag";
  static constexpr bool kFitted = false, kOrdered = false;

  int64_t features = 0, tags = 0;  // from the backbone and the vocabulary
  double feature_dropout = 0;
  bool feature_norm = false;
  LossOptions loss = {};
  bool decision = false;
  OutputHead head = OutputHead::kLinear;  // kGap, kCsra: features [N,P*F], place by place
  int64_t csra_heads = 1;
  double csra_lambda = 0.1;

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const;
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

// The temperatures of 1, 2, 4, 6 or 8 heads. Throws Error(kUsage) for any other number.
std::vector<Real> csra_temperatures(int64_t heads);

class Classifier : public TaggerHead {
 public:
  explicit Classifier(const ClassifierOptions& options);
  Var logits(const Var& features);  // [N,F] -> [N,V]
  Var loss(const Var& features, const Batch& batch) override;
  // False for the softmax loss, which gathers a row per true tag: its shapes differ from batch to batch.
  bool prepare(Batch&) override { return !options_.loss.is_softmax(); }
  // Scores are in (0, 1): s(f); with a label decision s(f - t); with the softmax loss softmax(f). The ranking is by f.
  Predictions predict(const Var& features) override;
  int64_t tag_count() const override { return options_.tags; }

 private:
  struct Decision : Module {
    explicit Decision(const ClassifierOptions& options);
    Linear first, second, thresholds;
  };
  struct Output {
    Var logits, decided;  // decided is f - t, undefined without a decision; its gradient reaches t only
  };
  Output output(const Var& features);
  Var csra(const Var& map);  // [N,P*F] -> f

  ClassifierOptions options_;
  std::optional<BatchNorm> norm_;
  Linear output_;
  std::optional<Decision> decision_;
};

}  // namespace tagloom
