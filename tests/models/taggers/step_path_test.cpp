// Compares the step paths of models with feedback with PyTorch (taggers_test.cpp tests the others).
#include "models/decoding/step_path.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/decoding/decode.h"
#include "models/taggers/jvsp.h"
#include "models/taggers/order_free.h"
#include "models/taggers/ordered_rnn.h"
#include "tests/models/taggers/tagger_golden.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

constexpr int64_t kTags = 6;

struct PathCase {
  const char* name;    // in step_paths.safetensors
  const char* tagger;  // the file with its weights
  std::unique_ptr<TaggerHead> (*make)();
};

std::unique_ptr<TaggerHead> make_jvsp(bool printed, int64_t exactly) {
  return std::make_unique<Jvsp>(JvspOptions{.features = printed ? 8 : 7,
                                            .hidden = 8,
                                            .embedding = 5,
                                            .image_linear = !printed,
                                            .biases = !printed,
                                            .scale_softmax = !printed,
                                            .decode = {.steps = 4, .exactly = exactly}},
                                numbered_tags(kTags));
}

std::unique_ptr<TaggerHead> make_ordered(void (*change)(OrderedRnnOptions&)) {
  OrderedRnnOptions options{.features = 7,
                            .tags = numbered_tags(kTags),
                            .hidden = 8,
                            .embedding = 5,
                            .image_embedding = 4,
                            .state = InitialState::kZero,
                            .decode = {.steps = 4}};
  change(options);
  return std::make_unique<OrderedRnn>(options);
}

std::unique_ptr<TaggerHead> make_order_free(Alignment alignment, bool norm) {
  return std::make_unique<OrderFree>(OrderFreeOptions{.channels = 4,
                                                      .tags = kTags,
                                                      .hidden = 8,
                                                      .embedding = 5,
                                                      .image_embedding = 6,
                                                      .attention = 3,
                                                      .alignment = alignment,
                                                      .feature_norm = norm,
                                                      .decode = {.steps = 4}});
}

const PathCase kPathCases[] = {
    {"jvsp_printed", "jvsp_printed", [] { return make_jvsp(true, 0); }},
    {"jvsp_printed_exactly", "jvsp_printed", [] { return make_jvsp(true, 3); }},
    {"jvsp_options", "jvsp_options", [] { return make_jvsp(false, 0); }},
    {"ordered_rnn_naive", "ordered_rnn_naive",
     [] { return make_ordered([](OrderedRnnOptions& o) { o.image_feed = ImageFeed::kFirst; }); }},
    {"ordered_rnn_naive_best", "ordered_rnn_naive",
     [] {
       return make_ordered([](OrderedRnnOptions& o) {
         o.image_feed = ImageFeed::kFirst;
         o.decode.method = DecodeMethod::kBeam;
         o.decode.beam_width = 1000;  // keeps every sequence
         o.decode.exactly = 3;
       });
     }},
    {"ordered_rnn_sr", "ordered_rnn_sr",
     [] { return make_ordered([](OrderedRnnOptions& o) { o.state = InitialState::kProbabilities; }); }},
    {"ordered_rnn_joint", "ordered_rnn_joint",
     [] { return make_ordered([](OrderedRnnOptions& o) { o.output = SequenceOutput::kJoint; }); }},
    {"ordered_rnn_every", "ordered_rnn_every",
     [] { return make_ordered([](OrderedRnnOptions& o) { o.image_feed = ImageFeed::kEvery; }); }},
    {"order_free_pool_label_count", "order_free_pool_label_count", [] { return make_order_free(Alignment::kNone, false); }},
    {"order_free_pool_all", "order_free_pool_all", [] { return make_order_free(Alignment::kNone, true); }},
    {"order_free_mla", "order_free_mla", [] { return make_order_free(Alignment::kMla, false); }},
    {"order_free_pla", "order_free_pla", [] { return make_order_free(Alignment::kPla, true); }},
};

class StepPathGolden : public testing::TestWithParam<PathCase> {};

TEST_P(StepPathGolden, MatchesPyTorch) {
  const test::TaggerGolden weights(GetParam().tagger), golden("step_paths");
  const std::string name = GetParam().name;
  const std::unique_ptr<TaggerHead> head = GetParam().make();
  weights.load(*head);
  const int64_t pictures = name.starts_with("jvsp") ? 4 : 3;
  const std::vector<int32_t> chosen = golden.integers(name + ".chosen");
  const std::vector<float> p = golden.floats(name + ".p");
  const auto steps = static_cast<int64_t>(chosen.size()) / pictures, classes = static_cast<int64_t>(p.size() / chosen.size());

  Tape tape(Tape::kForwardOnly);
  const Var features = tape.constant(weights.tensor("in.features", pictures));
  const std::vector<StepPath> paths = head->step_paths(features, classes);
  ASSERT_EQ(static_cast<int64_t>(paths.size()), pictures);
  for (int64_t i = 0; i < pictures; ++i) {
    const StepPath& path = paths[i];
    const auto length =
        std::count_if(chosen.begin() + i * steps, chosen.begin() + (i + 1) * steps, [](int32_t c) { return c >= 0; });
    ASSERT_EQ(static_cast<int64_t>(path.size()), length) << "picture " << i;
    for (int64_t t = 0; t < length; ++t) {
      SCOPED_TRACE(testing::Message() << "picture " << i << " step " << t);
      const float* expected = p.data() + (i * steps + t) * classes;
      EXPECT_EQ(path[t].chosen.tag, chosen[i * steps + t]);
      EXPECT_NEAR(path[t].chosen.probability, expected[path[t].chosen.tag], 1e-5);
      ASSERT_EQ(static_cast<int64_t>(path[t].competing.size()), classes);
      for (int64_t place = 0; place < classes; ++place) {
        const StepTag& one = path[t].competing[place];
        EXPECT_NEAR(one.probability, expected[one.tag], 1e-5) << "tag " << one.tag;
        if (place > 0) {
          EXPECT_LE(one.probability, path[t].competing[place - 1].probability);
        }
      }
    }
  }

  // The path's tags are those of the ranking, in the same order.
  const Predictions predictions = head->predict(features);
  for (int64_t i = 0; i < pictures; ++i) {
    for (size_t t = 0; t < paths[i].size() && paths[i][t].chosen.tag < kTags; ++t) {
      EXPECT_EQ(paths[i][t].chosen.tag, predictions.ranking[i][t]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, StepPathGolden, testing::ValuesIn(kPathCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(StepPath, KeepsTheMostProbableTags) {
  const std::vector<float> p{0.1f, 0.4f, 0.4f, 0.0f, 0.1f};
  const PathStep step = path_step(p, 3, 4);
  ASSERT_EQ(step.competing.size(), 3u);
  EXPECT_EQ(step.competing[0].tag, 1);
  EXPECT_EQ(step.competing[1].tag, 2);
  EXPECT_EQ(step.competing[2].tag, 0);
  EXPECT_EQ(step.competing[2].probability, 0.1f);
  EXPECT_EQ(step.chosen.tag, 4);
  EXPECT_EQ(step.chosen.probability, 0.1f);
  EXPECT_EQ(path_step(p, 9, -1).competing.size(), 5u);
  EXPECT_EQ(path_step(p, 9, -1).chosen.tag, -1);
}

// Two steps of one picture; tag 2 is the most probable in both.
TEST(StepPath, WithoutFeedbackFollowsTheDecoder) {
  const std::vector<float> p{0.2f, 0.1f, 0.7f, 0.35f, 0.25f, 0.4f};
  const auto chosen = [&](const DecodeOptions& decoding) {
    std::vector<std::pair<int32_t, float>> tags;
    const std::vector<StepPath> paths = paths_of_steps(decoding, p, 2, 1, 3, 1);
    for (const PathStep& step : paths.at(0)) {
      EXPECT_EQ(step.competing.at(0).tag, 2);
      tags.emplace_back(step.chosen.tag, step.chosen.probability);
    }
    return tags;
  };
  using Tags = std::vector<std::pair<int32_t, float>>;
  EXPECT_EQ(chosen({.method = DecodeMethod::kGreedy}), (Tags{{2, 0.7f}, {0, 0.35f}}));
  EXPECT_EQ(chosen({.method = DecodeMethod::kGreedy, .repeat = true}), (Tags{{2, 0.7f}, {2, 0.4f}}));
  // Gains: 0.2 + 0.35/2 = 0.375, 0.1 + 0.25/2 = 0.225, 0.7 + 0.4/2 = 0.9.
  EXPECT_EQ(chosen({.method = DecodeMethod::kExpectedGain}), (Tags{{2, 0.7f}, {0, 0.35f}}));
  EXPECT_EQ(chosen({.method = DecodeMethod::kExpectedGain, .gain_steps = 1}), (Tags{{2, 0.7f}}));  // only the first step counts
  EXPECT_ERROR(kUsage, "4 steps need at least as many tags, but there are 3", paths_of_steps({}, p, 4, 1, 3, 1));
}

}  // namespace
}  // namespace tagloom
