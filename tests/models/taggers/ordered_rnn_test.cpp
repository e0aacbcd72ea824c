// Compares the ordered RNNs with PyTorch (loss, every gradient, decoding), and tests their orders, feedback and decoders.
#include "models/taggers/ordered_rnn.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/optim/optimizer.h"
#include "tests/models/taggers/tagger_golden.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

constexpr int64_t kN = 3, kF = 7, kV = 6, kSteps = 4;
const std::vector<std::vector<int32_t>> kLists{{2, 0, 5, 1}, {4}, {3, 1, 0}};

// The golden models' shape, without picture, with teacher forcing.
OrderedRnnOptions small_options() {
  return {.features = kF,
          .tags = numbered_tags(kV),
          .hidden = 8,
          .embedding = 5,
          .image_embedding = 4,
          .state = InitialState::kZero,
          .image_feed = ImageFeed::kNone,
          .feedback = Feedback::kTeacher,
          .end = true,
          .dropout = 0,
          .decode = {.steps = kSteps}};
}

struct GoldenCase {
  const char* name;
  void (*change)(OrderedRnnOptions&);
};

class OrderedRnnGolden : public testing::TestWithParam<GoldenCase> {
 protected:
  OrderedRnnGolden() : golden_(std::string("ordered_rnn_") + GetParam().name) {}
  OrderedRnnOptions options() const {
    OrderedRnnOptions changed = small_options();
    GetParam().change(changed);
    return changed;
  }
  Batch batch() const {
    Batch batch;
    const std::vector<float> labels = golden_.floats("in.labels");
    batch.labels = Tensor::from(std::vector<uint8_t>(labels.begin(), labels.end()), {kN, kV});
    batch.tags = kLists;
    return batch;
  }
  Tensor features() const { return golden_.tensor("in.features", kN); }
  test::TaggerGolden golden_;
};

TEST_P(OrderedRnnGolden, LossAndGradientsMatchPyTorch) {
  OrderedRnn head(options());
  golden_.load(head);
  Tape tape;
  const Var loss = head.loss(tape.constant(features()), batch());
  EXPECT_NEAR(loss.value().item(), golden_.floats("loss")[0], 2e-5);
  tape.backward(loss);
  golden_.expect_gradients(head, 1e-4);
}

TEST_P(OrderedRnnGolden, DecodingMatchesPyTorch) {
  OrderedRnn head(options());
  golden_.load(head);
  Tape tape(Tape::kForwardOnly);
  const Predictions predictions = head.predict(tape.constant(features()));
  const std::vector<int32_t> greedy = golden_.integers("greedy");
  ASSERT_EQ(greedy.size(), static_cast<size_t>(kN * kSteps));
  const std::vector<float> most = golden_.floats("most");
  for (int64_t i = 0; i < kN; ++i) {
    std::vector<char> named(kV, 0);
    for (int64_t t = 0; t < kSteps && greedy[i * kSteps + t] != kV; ++t) {
      const int32_t tag = greedy[i * kSteps + t];
      named[tag] = 1;
      EXPECT_EQ(predictions.ranking[i][t], tag) << "picture " << i << " place " << t;
    }
    for (int64_t tag = 0; tag < kV; ++tag) {
      EXPECT_NEAR(predictions.scores[i * kV + tag], most[i * kV + tag] + (named[tag] ? 1 : 0), 1e-5) << i << " " << tag;
    }
  }
}

TEST_P(OrderedRnnGolden, BatchMatchesSinglePictures) {
  OrderedRnn head(options());
  golden_.load(head);
  Tape tape(Tape::kForwardOnly);
  const Predictions all = head.predict(tape.constant(features()));
  for (int64_t i = 0; i < kN; ++i) {
    EXPECT_EQ(head.predict(tape.constant(features().rows(i, i + 1))).ranking[0], all.ranking[i]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Systems, OrderedRnnGolden,
                         testing::Values(GoldenCase{"naive", [](OrderedRnnOptions& o) { o.image_feed = ImageFeed::kFirst; }},
                                         GoldenCase{"ria", [](OrderedRnnOptions& o) { o.state = InitialState::kFeatures; }},
                                         GoldenCase{"sr", [](OrderedRnnOptions& o) { o.state = InitialState::kProbabilities; }},
                                         GoldenCase{"joint", [](OrderedRnnOptions& o) { o.output = SequenceOutput::kJoint; }},
                                         GoldenCase{"every",
                                                    [](OrderedRnnOptions& o) {
                                                      o.image_feed = ImageFeed::kEvery;
                                                      o.label_smoothing = Real(0.1);
                                                    }},
                                         GoldenCase{"own",
                                                    [](OrderedRnnOptions& o) {
                                                      o.image_feed = ImageFeed::kEvery;
                                                      o.feedback = Feedback::kOwn;
                                                    }}),
                         [](const auto& info) { return info.param.name; });

Tensor some_features() {
  std::vector<Real> values(kN * kF);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 2 * random_uniform({5, 0}, i) - 1;
  return Tensor::from(values, {kN, kF});
}

Real loss_of(const OrderedRnnOptions& options, const std::vector<std::vector<int32_t>>& lists, int64_t iteration = 0,
             Tape::Mode mode = Tape::kRecord) {
  OrderedRnn head(options);
  head.reset({3, 0});
  head.begin_step(iteration);
  Batch batch;
  batch.tags = lists;
  Tape tape(mode, 1, iteration);
  return head.loss(tape.constant(some_features()), batch).value().item();
}

TEST(OrderedRnn, TrainsOnItsOrder) {
  OrderedRnnOptions options = small_options();
  options.image_feed = ImageFeed::kFirst;
  options.tags.counts = {1, 2, 3, 4, 5, 6};
  options.order = SequenceOrder::kFrequent;
  const Real frequent = loss_of(options, kLists);
  options.order = SequenceOrder::kGiven;
  EXPECT_EQ(frequent, loss_of(options, {{5, 2, 1, 0}, {4}, {3, 1, 0}}));
  EXPECT_NE(frequent, loss_of(options, kLists));
  options.order = SequenceOrder::kRandom;
  EXPECT_NE(loss_of(options, kLists, 0), loss_of(options, kLists, 1));
  EXPECT_EQ(loss_of(options, kLists, 1), loss_of(options, kLists, 1));
}

// prepare() computes the same inputs as loss() would.
TEST(OrderedRnn, PreparedBatchHasTheSameLoss) {
  Batch batch;
  batch.labels = Tensor::from(std::vector<uint8_t>(kN * kV, 1), {kN, kV});
  batch.tags = kLists;
  batch.index = {0, 1, 2};
  const auto loss = [&](OrderedRnn& model) {
    Tape tape(Tape::kRecord, 3, 5);
    std::vector<Real> x(kN * kF);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(std::sin(0.7 * static_cast<double>(i)));
    return model.loss(tape.constant(Tensor::from(x, {kN, kF})), batch).value().item();
  };
  for (const Feedback feedback : {Feedback::kNone, Feedback::kTeacher}) {
    OrderedRnnOptions options = small_options();
    options.feedback = feedback;
    options.end = feedback == Feedback::kTeacher;
    options.image_feed = ImageFeed::kEvery;
    options.dropout = Real(0.5);
    OrderedRnn model(options);
    model.reset({4, 0});
    batch.prepared = false;
    const Real on_its_way = loss(model);
    EXPECT_TRUE(model.prepare(batch));
    EXPECT_EQ(loss(model), on_its_way);
    batch.prepared_inputs[0].zero();  // loss() reads these
    EXPECT_NE(loss(model), on_its_way);
    batch.prepared = false;
  }
  for (const auto& [feedback, order] : {std::pair{Feedback::kOwn, SequenceOrder::kGiven},
                                        {Feedback::kScheduled, SequenceOrder::kGiven},
                                        {Feedback::kTeacher, SequenceOrder::kRandom}}) {
    OrderedRnnOptions options = small_options();
    options.feedback = feedback;
    options.order = order;
    EXPECT_FALSE(OrderedRnn(options).prepare(batch));
    EXPECT_FALSE(batch.prepared);
  }
}

TEST(OrderedRnn, ScheduledSamplingMovesFromTrueTagsToItsOwn) {
  OrderedRnnOptions options = small_options();
  options.image_feed = ImageFeed::kFirst;
  const Real teacher = loss_of(options, kLists);
  options.feedback = Feedback::kOwn;
  const Real own = loss_of(options, kLists);
  EXPECT_NE(own, teacher);
  options.feedback = Feedback::kScheduled;
  options.sampling = 1;
  options.sampling_iterations = 100;
  EXPECT_NEAR(loss_of(options, kLists, 0), teacher, 1e-5);
  EXPECT_NEAR(loss_of(options, kLists, 100), own, 1e-5);
  EXPECT_NEAR(loss_of(options, kLists, 100, Tape::kForwardOnly), teacher,
              1e-5);  // validation losses are comparable between epochs
}

TEST(OrderedRnn, LearnsToNameTheTagsOfAPictureInTheirOrderAndToStop) {
  OrderedRnnOptions options = small_options();
  options.image_feed = ImageFeed::kFirst;
  OrderedRnn head(options);
  head.reset({3, 0});
  Adam adam({{.name = "head", .parameters = head.named_parameters(), .learning_rate = 0.03, .weight_decay = 0}}, AdamOptions{});
  Batch batch;
  batch.tags = kLists;
  for (int step = 0; step < 200; ++step) {
    Tape tape;
    const Var loss = head.loss(tape.constant(some_features()), batch);
    adam.zero_grad();
    tape.backward(loss);
    adam.step(1, step);
  }
  for (const int64_t width : {1, 4}) {
    options.decode = {.method = DecodeMethod::kBeam, .steps = 6, .beam_width = width};
    OrderedRnn decoder(options);
    for (size_t i = 0; i < head.named_parameters().size(); ++i)
      decoder.named_parameters()[i].parameter->value.copy_from(head.named_parameters()[i].parameter->value);
    Tape tape(Tape::kForwardOnly);
    const Predictions predictions = decoder.predict(tape.constant(some_features()));
    for (int64_t i = 0; i < kN; ++i) {
      for (size_t t = 0; t < kLists[i].size(); ++t) EXPECT_EQ(predictions.ranking[i][t], kLists[i][t]) << i << " " << t;
      EXPECT_LE(predictions.scores[i * kV + predictions.ranking[i][kLists[i].size()]], 1) << i;  // not named
    }
  }
}

TEST(OrderedRnn, RejectsContradictoryOptions) {
  OrderedRnnOptions options = small_options();
  options.feedback = Feedback::kNone;
  EXPECT_ERROR(kUsage, "the picture is the LSTM's only input", OrderedRnn head(options));
  options = small_options();
  options.output = SequenceOutput::kJoint;
  options.end = false;
  EXPECT_ERROR(kUsage, "joint", OrderedRnn head(options));
}

}  // namespace
}  // namespace tagloom
