// Compares greedy and beam search with literal tables and with brute force.
#include "models/decoding/sequence_decode.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

using Tags = std::vector<int32_t>;

// A model whose state is its whole past, so a wrong parent row shows: p(next | past, picture) is drawn from a hash of both.
class HashModel {
 public:
  HashModel(int64_t tags, bool end, uint64_t seed, double sharpness = 3)
      : tags_(tags), end_(end), seed_(seed), sharpness_(sharpness), tape_(Tape::kForwardOnly) {}

  std::vector<double> next(int64_t picture, const Tags& past) const {
    uint64_t stream = random_stream(picture, 77);
    for (int32_t tag : past) stream = random_stream(stream, tag + 1);
    std::vector<double> p(tags_ + (end_ ? 1 : 0));
    double sum = 0;
    for (size_t c = 0; c < p.size(); ++c) sum += p[c] = std::exp(sharpness_ * random_uniform({seed_, stream}, c));
    for (double& x : p) x = static_cast<float>(x / sum);
    return p;
  }

  StepFunction step() {
    return [this](const BeamStep& beams) {
      const std::vector<int32_t> previous = beams.previous.to_vector<int32_t>(), parent = beams.parent.to_vector<int32_t>(),
                                 picture = beams.picture.to_vector<int32_t>();
      std::vector<Tags> pasts;
      std::vector<Real> p;
      for (size_t b = 0; b < previous.size(); ++b) {
        Tags past;
        if (beams.step == 0) {
          EXPECT_EQ(previous[b], tags_);
          EXPECT_EQ(parent[b], picture[b]);
        } else {
          past = pasts_[parent[b]];
          past.push_back(previous[b]);
        }
        for (double x : next(picture[b], past)) p.push_back(static_cast<Real>(x));
        pasts.push_back(std::move(past));
      }
      pasts_ = std::move(pasts);
      rows_seen += previous.size();
      const int64_t rows = previous.size();
      return tape_.constant(Tensor::from(p, {rows, static_cast<int64_t>(p.size()) / rows}));
    };
  }
  size_t rows_seen = 0;

 private:
  int64_t tags_;
  bool end_;
  uint64_t seed_;
  double sharpness_;
  Tape tape_;
  std::vector<Tags> pasts_;
};

struct Best {
  double score = -1e300;
  Tags tags;
};

// All allowed sequences, by recursion.
void try_all(const HashModel& model, const SequenceDecoding& d, int64_t tags, int64_t picture, Tags past, double score,
             Best& best) {
  const auto offer = [&](double total) {
    if (total > best.score) best = {total, past};
  };
  const auto n = static_cast<int64_t>(past.size());
  if (n == d.steps) return offer(score);
  const std::vector<double> p = model.next(picture, past);
  if (d.end && n >= d.minimum_tags) offer(score + std::log(p[tags]));
  for (int32_t tag = 0; tag < tags; ++tag) {
    if (std::find(past.begin(), past.end(), tag) != past.end()) continue;
    Tags longer = past;
    longer.push_back(tag);
    try_all(model, d, tags, picture, longer, score + std::log(p[tag]), best);
  }
}

TEST(SequenceDecode, WideBeamMatchesBruteForce) {
  constexpr int64_t kTags = 5, kPictures = 8;
  bool ends_early = false;
  for (const bool end : {true, false}) {
    for (const int64_t minimum : {0, 2, 4}) {
      const SequenceDecoding d{.beam_width = 5 * 5 * 5 * 5, .steps = 4, .minimum_tags = minimum, .end = end};
      HashModel model(kTags, end, 3 + minimum);
      const std::vector<DecodedSequence> found = decode_sequences(d, kPictures, kTags, Device::cpu(), model.step());
      for (int64_t i = 0; i < kPictures; ++i) {
        Best best;
        try_all(model, d, kTags, i, {}, 0, best);
        EXPECT_EQ(found[i].tags, best.tags) << "picture " << i << " minimum " << minimum << " end " << end;
        EXPECT_NEAR(found[i].log_probability, best.score, 1e-9);
        EXPECT_EQ(found[i].ended, static_cast<int64_t>(best.tags.size()) < d.steps);
        ends_early |= found[i].ended;
      }
    }
  }
  EXPECT_TRUE(ends_early);
}

TEST(SequenceDecode, GreedyTakesTheBestOfEachStep) {
  constexpr int64_t kTags = 6, kPictures = 10;
  HashModel model(kTags, true, 5);
  const SequenceDecoding d{.steps = 5};
  const std::vector<DecodedSequence> found = decode_sequences(d, kPictures, kTags, Device::cpu(), model.step());
  size_t rows = 0;
  for (int64_t i = 0; i < kPictures; ++i) {
    Tags named;
    std::vector<float> most(kTags, 0);
    bool ended = false;
    double score = 0;
    while (!ended && named.size() < 5) {
      const std::vector<double> p = model.next(i, named);
      ++rows;
      int32_t best = kTags;
      for (int32_t tag = 0; tag < kTags; ++tag) {
        most[tag] = std::max(most[tag], static_cast<float>(p[tag]));
        if (std::find(named.begin(), named.end(), tag) == named.end() && p[tag] > p[best]) best = tag;
      }
      score += std::log(p[best]);
      if (best == kTags) {
        ended = true;
      } else {
        named.push_back(best);
      }
    }
    EXPECT_EQ(found[i].tags, named) << i;
    EXPECT_EQ(found[i].ended, ended);
    EXPECT_EQ(found[i].most, most);
    EXPECT_NEAR(found[i].log_probability, score, 1e-9);
  }
  EXPECT_EQ(model.rows_seen, rows);  // a finished picture runs no more steps
}

TEST(SequenceDecode, WiderBeamIsNotWorseThanGreedy) {
  HashModel greedy_model(7, true, 11), beam_model(7, true, 11);
  const auto greedy = decode_sequences({.beam_width = 1, .steps = 6}, 20, 7, Device::cpu(), greedy_model.step());
  const auto beam = decode_sequences({.beam_width = 8, .steps = 6}, 20, 7, Device::cpu(), beam_model.step());
  int better = 0;
  for (int i = 0; i < 20; ++i) {
    EXPECT_GE(beam[i].log_probability, greedy[i].log_probability - 1e-9) << i;
    better += beam[i].log_probability > greedy[i].log_probability + 1e-9;
  }
  EXPECT_GT(better, 0);
}

TEST(SequenceDecode, EndWaitsForTheMinimumNumberOfTags) {
  for (const int64_t width : {1, 3}) {
    HashModel model(4, true, 1, 0.1);  // END about as likely as any tag
    for (const DecodedSequence& s :
         decode_sequences({.beam_width = width, .steps = 3, .minimum_tags = 3}, 6, 4, Device::cpu(), model.step())) {
      EXPECT_EQ(s.tags.size(), 3u);
      EXPECT_FALSE(s.ended);
    }
  }
}

// One row of probabilities, regardless of the past.
StepFunction same_row(Tape& tape, std::vector<Real> row) {
  return [&tape, row](const BeamStep& beams) {
    std::vector<Real> p;
    for (int64_t b = 0; b < beams.previous.size(0); ++b) p.insert(p.end(), row.begin(), row.end());
    return tape.constant(Tensor::from(p, {beams.previous.size(0), static_cast<int64_t>(row.size())}));
  };
}

TEST(SequenceDecode, RepeatsCountOnce) {
  Tape tape(Tape::kForwardOnly);
  const auto step = same_row(tape, {0.2f, 0.5f, 0.3f});
  const SequenceDecoding again{.steps = 3, .end = false, .repeat = true}, once{.steps = 3, .end = false};
  EXPECT_EQ(decode_sequences(again, 1, 3, Device::cpu(), step)[0].tags, Tags{1});
  EXPECT_EQ(decode_sequences(once, 1, 3, Device::cpu(), step)[0].tags, (Tags{1, 2, 0}));
}

TEST(SequenceDecode, StopsWhenEveryTagIsNamed) {
  Tape tape(Tape::kForwardOnly);
  const auto found = decode_sequences({.steps = 9, .end = false}, 2, 2, Device::cpu(), same_row(tape, {0.25f, 0.75f}));
  EXPECT_EQ(found[1].tags, (Tags{1, 0}));
  EXPECT_FALSE(found[1].ended);
  EXPECT_NEAR(found[1].log_probability, std::log(0.25) + std::log(0.75), 1e-7);
}

TEST(SequenceDecode, PathsEndAtTheLeastProbability) {
  Tape tape(Tape::kForwardOnly);
  const auto step = same_row(tape, {0.9f, 0.5f, 0.8f, 0.1f});  // like sigmoids: they need not sum to 1
  const auto tags = [&](double least, int64_t width) {
    const SequenceDecoding decoding{.beam_width = width, .steps = 4, .least_probability = least, .end = false};
    return decode_sequences(decoding, 1, 4, Device::cpu(), step)[0];
  };
  for (const int64_t width : {1, 3}) {
    EXPECT_EQ(tags(0.01, width).tags.size(), 4u);       // .036
    EXPECT_EQ(tags(0.1, width).tags, (Tags{0, 2, 1}));  // .36
    EXPECT_EQ(tags(0.4, width).tags, (Tags{0, 2}));     // .72
    EXPECT_NEAR(tags(0.4, width).log_probability, std::log(0.72), 1e-6);
    EXPECT_EQ(tags(0.95, width).tags, Tags{});
  }
}

TEST(SequenceDecode, NamedTagsLeadTheRankingAndScoreAboveOne) {
  const DecodedSequence named{.tags = {3, 0}, .most = {0.4f, 0.1f, 0.6f, 0.0f, 0.6f}, .first = {0.1f, 0, 0, 0, 0}};
  const Predictions p = predictions_of({named}, 5);
  EXPECT_EQ(p.ranking[0], (Tags{3, 0, 2, 4, 1}));
  EXPECT_EQ(p.scores[0], 1.4f);
  EXPECT_GT(p.scores[3], 1.0f);  // though its probability was 0
  EXPECT_EQ(p.scores[2], 0.6f);
  EXPECT_EQ(p.first_step_scores[0], 0.1f);
}

TEST(SequenceDecode, ScoresByLargestProbabilityOrEmission) {
  const DecodedSequence named{.tags = {3, 0}, .most = {0.4f, 0.1f, 0.6f, 0.5f}, .emission = {0.3f, 0, 0, 0}};
  const Predictions most = predictions_of({named}, 4, SequenceScore::kMost);
  EXPECT_EQ(most.scores, named.most);
  EXPECT_EQ(most.ranking[0], (Tags{3, 0, 2, 1}));
  const Predictions emission = predictions_of({named}, 4, SequenceScore::kEmission);
  EXPECT_EQ(emission.ranking[0], (Tags{3, 0, 2, 1}));
  EXPECT_EQ(emission.scores[0], 0.3f);
  EXPECT_EQ(emission.scores[1], 0);
  EXPECT_EQ(emission.scores[2], 0);
  EXPECT_GT(emission.scores[3], 0);  // named, though its probability was 0
}

TEST(SequenceDecode, EmissionIsTheProbabilityAtTheStepThatNamesATag) {
  Tape tape(Tape::kForwardOnly);
  const std::vector<std::vector<Real>> p{
      {0.5f, 0.3f, 0.1f, 0.1f}, {0.6f, 0.1f, 0.2f, 0.1f}, {0.1f, 0.1f, 0.1f, 0.7f}};  // END last
  const auto step = [&](const BeamStep& at) { return tape.constant(Tensor::from(p[at.step], {1, 4})); };
  const DecodedSequence found = decode_sequences({.steps = 3}, 1, 3, Device::cpu(), step)[0];
  EXPECT_EQ(found.tags, (Tags{0, 2}));
  EXPECT_TRUE(found.ended);
  EXPECT_EQ(found.emission, (std::vector<float>{0.5f, 0, 0.2f}));
  EXPECT_EQ(found.most, (std::vector<float>{0.6f, 0.3f, 0.2f}));
}

}  // namespace
}  // namespace tagloom
