#pragma once
// An LSTM that names a picture's tags one after another, trained on one order of them by softmax cross-entropy. Settings select
// among the systems of several papers (models/README.md shows them):
//
//   h_0 = W_0 u + b_0, c_0 = 0                 u = the features x, or the probabilities s(f) of a classifier f that is trained with it; or
//                                              h_0 = 0                                                           InitialState
//   z_t = E a_{t-1}                            a_0 = START; the previous tag: none, the true one, the model's own      Feedback
//   z_0 = v before START; [z_t, v] at each t   v = W_v x + b_v                                                         ImageFeed
//   h_t, c_t = LSTM(z_t, h_{t-1}, c_{t-1})
//   p_t = softmax(W h_t + b)                   or softmax(E relu(U_o h_t + U_I x)), E the embedding of the input       SequenceOutput
//   L = -sum_t log p_t[a_t]                    a = the tags in their order, then END; and the classifier's own loss
//
// Without Feedback and END, and with the picture at every step, it is the rank model of Yan, Wang and Liao (BMVC 2016, equations
// 10-19). The other papers: Jin and Nakayama (ICPR 2016), Wang et al. (CVPR 2016), Liu et al. (CVPR 2017). START as input and END
// as output are both number V, and share a row of E if the output is joint.
#include <optional>

#include "models/decoding/decode.h"
#include "models/decoding/sequence_decode.h"
#include "models/decoding/tag_order.h"
#include "models/taggers/classifier.h"

namespace tagloom {

enum class ImageFeed { kNone, kFirst, kEvery };
template <>
inline constexpr auto kEnumNames<ImageFeed> =
    names_of<ImageFeed>({{ImageFeed::kNone, "none"}, {ImageFeed::kFirst, "first"}, {ImageFeed::kEvery, "every"}});

enum class Feedback { kNone, kTeacher, kOwn, kScheduled };
template <>
inline constexpr auto kEnumNames<Feedback> = names_of<Feedback>(
    {{Feedback::kNone, "none"}, {Feedback::kTeacher, "teacher"}, {Feedback::kOwn, "own"}, {Feedback::kScheduled, "scheduled"}});

enum class SequenceOutput { kLinear, kJoint };
template <>
inline constexpr auto kEnumNames<SequenceOutput> = names_of<SequenceOutput>({{SequenceOutput::kLinear, "linear"},
                                                                             {SequenceOutput::kJoint, "joint"}});

struct OrderedRnnOptions {
  static constexpr const char* kKind = "ordered_rnn";
  static constexpr const char* kAbout = "an LSTM trained on one order of the tags (naive-RNN, RIA, SR-CNN-RNN, CNN-RNN)";
  static constexpr bool kFitted = false, kOrdered = false;

  int64_t features = 0;  // from the backbone
  TagStatistics tags = {};
  int64_t hidden = 512, embedding = 256;
  int64_t image_embedding = 100;  // of v at every step; before START it is as long as a tag's embedding
  int64_t steps = 5;              // of decoding if decode.steps is 0
  SequenceOrder order = SequenceOrder::kGiven;
  InitialState state = InitialState::kProbabilities;
  ImageFeed image_feed = ImageFeed::kNone;
  Feedback feedback = Feedback::kTeacher;
  double sampling = 0.25;              // kScheduled: the probability of the model's own tag rises evenly from 0 to this ...
  int64_t sampling_iterations = 1000;  // ... over this many iterations
  bool end = true;
  SequenceOutput output = SequenceOutput::kLinear;
  double feature_dropout = 0, dropout = 0, forget_bias = 0;
  bool feature_norm = false;
  DecodeLoop loop = DecodeLoop::kFastest;  // Feedback::kNone; not a setting
  bool relu_image = false;                 // NeuralTalk2 has a ReLU after W_v; the paper has none
  LossReduction reduction = LossReduction::kAuto;
  double label_smoothing = 0;
  DecodeOptions decode = {};

  void declare(SettingTable& table);
  Automatic automatic() const { return {LossReduction::kMeanTokens, DecodeMethod::kGreedy}; }
  void check(const Sections& run) const;
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

// The rank model as an ordered RNN: the picture at every step, no feedback, no END.
OrderedRnnOptions rank_model(OrderedRnnOptions options);

struct RankOptions {
  static constexpr const char* kKind = "rank";
  static constexpr const char* kAbout = "tags in order (Yan et al. 2016)";
  static constexpr bool kFitted = false, kOrdered = true;

  OrderedRnnOptions rnn = rank_model({});

  void declare(SettingTable& table);
  Automatic automatic() const { return rnn.automatic(); }
  void check(const Sections& run) const;
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const { return rnn.build(features, tags); }
};

class OrderedRnn : public TaggerHead {
 public:
  explicit OrderedRnn(const OrderedRnnOptions& options);
  Var loss(const Var& features, const Batch& batch) override;
  bool prepare(Batch& batch) override;
  Predictions predict(const Var& features) override;  // scores and ranking as options.decode sets them
  std::vector<StepPath> step_paths(const Var& features, int64_t competing) override;
  StepScores step_scores() const override { return StepScores::kSoftmax; }
  int64_t tag_count() const override { return options_.tags.size(); }
  void reset(RandomKey key) override;
  void begin_step(int64_t iteration) override { iteration_ = iteration; }

 private:
  // Computed from the features once; a row per picture, or per beam in decoding.
  struct Picture {
    Var v;       // kFirst [N,E], kEvery [N,I]
    Var output;  // kJoint: U_I x, [N,E]
    Var classifier_logits;
    LstmState start;
  };
  // The targets and inputs of the steps, [T*N] each, step-major.
  struct Targets {
    int64_t steps = 1;
    std::vector<int32_t> target, previous;  // -1: none; previous is START at the first step
    std::vector<Real> row_scale;
  };
  Targets targets(const Batch& batch, RandomKey key, bool training) const;
  Picture encode(const Var& features);
  Picture rows_of(const Picture& picture, const Tensor& rows) const;
  LstmState advance(const Picture& picture, const LstmState& state, const Tensor& previous);
  Var read_out(const Picture& picture, const Var& h);            // [N,D] or, joint, [N,E]
  Var classes(const Var& read);                                  // [rows, V or V + 1]
  Var one_input_logits(const Picture& picture, int64_t steps);   // without feedback
  Var roll_out(const Picture& picture, const Tensor& previous);  // previous [T,N]
  Var roll_out_own(const Picture& picture, const Targets& targets, int64_t n);
  int64_t one_input_steps() const { return std::min(options_.decode.steps_or(options_.steps), options_.tags.size()); }
  std::vector<DecodedSequence> decode(const Picture& picture, int64_t pictures, int64_t competing);  // with feedback

  OrderedRnnOptions options_;
  TagOrderer orderer_;
  int64_t iteration_ = 0;
  std::optional<BatchNorm> norm_;
  std::optional<Classifier> classifier_;  // InitialState::kProbabilities
  std::optional<Linear> start_h_, image_embedding_;
  std::optional<Embedding> embedding_;  // one row per tag, then one for START
  LstmCell lstm_;
  std::optional<Linear> projection_, image_projection_;  // U_o, U_I
  std::optional<Linear> output_;                         // kLinear
};

}  // namespace tagloom
