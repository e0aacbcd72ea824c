// The decoders of an LSTM's steps: a literal example, and 10,000 random cases against their definition.
#include "models/decoding/decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "engine/selection/tag_selection.h"

namespace tagloom {
namespace {

using Tags = std::vector<int32_t>;

TEST(Decode, FirstGreedyTagScoresAboveTheSecond) {
  const std::vector<float> p{0.4f, 0.5f, 0.1f, 0.9f, 0, 0.1f};  // two steps of three tags
  std::vector<float> scores(3);
  const DecodeOptions options{.method = DecodeMethod::kExpectedGain, .gain_steps = 2};
  EXPECT_EQ(decode_steps(options, p, 2, 3, scores), (Tags{1, 0, 2}));
  EXPECT_EQ(scores[0], 0.4f + 0.45f);
  EXPECT_EQ(scores[1], std::nextafter(scores[0], 2.0f));  // its gain is .5
  // A threshold that the second tag passes, the first one passes too.
  EXPECT_EQ(select_tags(Tags{1, 0, 2}, scores, {.threshold = std::nextafter(scores[0], 0.0f)}), (Tags{1, 0}));
  EXPECT_EQ(rank_by_score(scores, 3), (Tags{1, 0, 2}));
}

struct Case {
  DecodeOptions options;
  int64_t steps, tags;
  std::vector<float> p;
};

Case random_case(uint32_t seed) {
  std::mt19937 engine(seed);
  const auto below = [&](int64_t n) { return static_cast<int64_t>(engine() % static_cast<uint64_t>(n)); };
  Case c{.options = {}, .steps = 1 + below(5), .tags = 1 + below(6), .p = {}};
  c.options.method = below(2) ? DecodeMethod::kExpectedGain : DecodeMethod::kGreedy;
  c.options.gain = below(2) ? Gain::kLinear : Gain::kReciprocal;
  c.options.gain_steps = 1 + below(6);
  c.options.first_greedy = below(2) != 0;
  c.options.repeat = below(2) != 0;
  const int64_t levels = below(2) ? 1 + below(4) : 1 << 20;  // few levels make ties
  for (int64_t i = 0; i < c.steps * c.tags; ++i) {
    c.p.push_back(static_cast<float>(below(levels + 1)) / static_cast<float>(levels));
  }
  return c;
}

// The best tag by `value` of those that are allowed, the lowest of equal ones; -1: none is.
template <class Value, class Allowed>
int32_t best_tag(int64_t tags, Value value, Allowed allowed) {
  int32_t best = -1;
  for (int32_t tag = 0; tag < tags; ++tag) {
    if (allowed(tag) && (best < 0 || value(tag) > value(best))) best = tag;
  }
  return best;
}

Tags expected_order(const Case& c) {
  const DecodeOptions& o = c.options;
  Tags order;
  const auto p = [&](int64_t step, int32_t tag) { return c.p[step * c.tags + tag]; };
  const auto is_new = [&](int32_t tag) { return std::ranges::count(order, tag) == 0; };
  const bool gains = o.method == DecodeMethod::kExpectedGain;
  if (gains && o.first_greedy)
    order.push_back(best_tag(
        c.tags, [&](int32_t tag) { return p(0, tag); }, [](int32_t) { return true; }));
  for (int64_t step = 0; !gains && step < c.steps; ++step) {
    const int32_t tag = best_tag(
        c.tags, [&](int32_t t) { return p(step, t); }, [&](int32_t t) { return o.repeat || is_new(t); });
    if (tag >= 0 && is_new(tag)) order.push_back(tag);
  }
  const auto value = [&](int32_t tag) {
    double gain = 0;
    float most = 0;
    const int64_t counted = std::min(o.gain_steps, c.steps);
    for (int64_t step = 0; step < c.steps; ++step) {
      most = std::max(most, p(step, tag));
      if (step >= counted) continue;
      const double weight = o.gain == Gain::kLinear ? static_cast<double>(counted - step) / static_cast<double>(counted)
                                                    : 1 / static_cast<double>(step + 1);
      gain += p(step, tag) * weight;
    }
    return gains ? static_cast<float>(gain) : most;
  };
  while (static_cast<int64_t>(order.size()) < c.tags) order.push_back(best_tag(c.tags, value, is_new));
  return order;
}

TEST(DecodeProperty, TenThousandRandomCasesFollowTheDefinition) {
  for (uint32_t seed = 0; seed < 10'000; ++seed) {
    const Case c = random_case(seed);
    std::vector<float> scores(c.tags);
    const Tags order = decode_steps(c.options, c.p, c.steps, c.tags, scores);
    ASSERT_EQ(order, expected_order(c)) << "seed " << seed;
    ASSERT_EQ(rank_by_score(scores, c.tags), order) << "the scores give another order, seed " << seed;
  }
}

TEST(DecodeProperty, PicturesDoNotAffectEachOther) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const Case c = random_case(seed);
    const int64_t pictures = 3;
    std::vector<float> all(c.steps * pictures * c.tags);
    const auto shifted = [&](int64_t step, int64_t picture, int64_t tag) {  // picture i starts at step i
      return c.p[(step + picture) % c.steps * c.tags + tag];
    };
    for (int64_t t = 0; t < c.steps; ++t) {
      for (int64_t i = 0; i < pictures; ++i) {
        for (int64_t tag = 0; tag < c.tags; ++tag) all[(t * pictures + i) * c.tags + tag] = shifted(t, i, tag);
      }
    }
    const Predictions found = decode_all_steps(c.options, all, c.steps, pictures, c.tags);
    for (int64_t i = 0; i < pictures; ++i) {
      std::vector<float> p, scores(c.tags);
      for (int64_t t = 0; t < c.steps; ++t) {
        for (int64_t tag = 0; tag < c.tags; ++tag) p.push_back(shifted(t, i, tag));
      }
      ASSERT_EQ(found.ranking[i], decode_steps(c.options, p, c.steps, c.tags, scores)) << seed;
      ASSERT_TRUE(std::equal(scores.begin(), scores.end(), found.scores.begin() + i * c.tags)) << seed;
      ASSERT_TRUE(std::equal(p.begin(), p.begin() + c.tags, found.first_step_scores.begin() + i * c.tags)) << seed;
    }
  }
}

}  // namespace
}  // namespace tagloom
