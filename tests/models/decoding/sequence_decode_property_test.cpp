// Greedy and beam search on 10,000 random pictures: against a search that keeps whole sequences, and against all sequences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "models/decoding/sequence_decode.h"

namespace tagloom {
namespace {

using Tags = std::vector<int32_t>;

// Steps of a model whose probabilities depend on the picture and all tags named so far. A wrong row of `parent` gives others.
class HashModel {
 public:
  HashModel(int64_t tags, bool end, int64_t levels, uint64_t seed)
      : tags_(tags), classes_(tags + (end ? 1 : 0)), levels_(levels), seed_(seed) {}

  // Not normalised; in (0, 1], with ties if there are few levels.
  std::vector<float> next(int64_t picture, const Tags& past) const {
    uint64_t state = seed_ * 1'000'003 + static_cast<uint64_t>(picture);
    for (const int32_t tag : past) state = state * 31 + static_cast<uint64_t>(tag) + 7;
    std::mt19937_64 random(state);
    std::vector<float> p(classes_);
    for (float& x : p) x = static_cast<float>(1 + random() % levels_) / static_cast<float>(levels_);
    return p;
  }

  StepFunction step() {
    return [this](const BeamStep& beams) {
      const auto previous = beams.previous.to_vector<int32_t>(), parent = beams.parent.to_vector<int32_t>(),
                 picture = beams.picture.to_vector<int32_t>();
      std::vector<Tags> pasts;
      std::vector<Real> p;
      for (size_t b = 0; b < previous.size(); ++b) {
        Tags past;
        if (beams.step > 0) {
          past = pasts_[parent[b]];
          past.push_back(previous[b]);
        }
        for (const float x : next(picture[b], past)) p.push_back(x);
        pasts.push_back(std::move(past));
      }
      pasts_ = std::move(pasts);
      return tape_.constant(Tensor::from(p, {static_cast<int64_t>(previous.size()), classes_}));
    };
  }

 private:
  int64_t tags_, classes_, levels_;
  uint64_t seed_;
  Tape tape_{Tape::kForwardOnly};
  std::vector<Tags> pasts_;
};

struct Sequence {
  Tags named;
  double score = 0;
  bool ended = false;
};

bool may_name(const SequenceDecoding& d, const Tags& past, int32_t tag) { return d.repeat || !std::ranges::count(past, tag); }

// The search of sequence_decode.h with whole sequences as beams.
Sequence search(const HashModel& model, const SequenceDecoding& d, int64_t tags, int64_t picture) {
  std::vector<Sequence> beams(1), candidates;
  for (int64_t step = 0; step < d.steps && !beams.empty(); ++step) {
    std::vector<Sequence> longer;
    for (const Sequence& beam : beams) {
      const std::vector<float> p = model.next(picture, beam.named);
      for (int32_t tag = 0; tag < static_cast<int32_t>(p.size()); ++tag) {
        const bool end = tag == tags;
        if (end ? step < d.minimum_tags : !may_name(d, beam.named, tag)) continue;
        Sequence next{beam.named, beam.score + std::log(double{p[tag]}), end};
        if (!end) next.named.push_back(tag);
        longer.push_back(std::move(next));
      }
    }
    std::ranges::stable_sort(longer, std::greater<>(), &Sequence::score);
    if (static_cast<int64_t>(longer.size()) > d.beam_width) longer.resize(d.beam_width);
    std::erase_if(longer, [&](const Sequence& s) { return d.least_probability > 0 && s.score < std::log(d.least_probability); });
    if (longer.empty()) candidates.push_back(beams.front());
    beams.clear();
    for (Sequence& s : longer) (s.ended || step + 1 == d.steps ? candidates : beams).push_back(std::move(s));
    const auto best = std::ranges::max_element(candidates, {}, &Sequence::score);
    if (best != candidates.end() && !beams.empty() && beams.front().score <= best->score) break;
  }
  return *std::ranges::max_element(candidates, {}, &Sequence::score);
}

// The highest score of all allowed sequences, by recursion.
double best_score(const HashModel& model, const SequenceDecoding& d, int64_t tags, int64_t picture, const Tags& past = {}) {
  const auto length = static_cast<int64_t>(past.size());
  if (length == d.steps) return 0;
  const std::vector<float> p = model.next(picture, past);
  double best = -INFINITY;
  if (d.end && length >= d.minimum_tags) best = std::log(double{p[tags]});
  bool extended = false;
  for (int32_t tag = 0; tag < tags; ++tag) {
    if (!may_name(d, past, tag)) continue;
    Tags longer = past;
    longer.push_back(tag);
    best = std::max(best, std::log(double{p[tag]}) + best_score(model, d, tags, picture, longer));
    extended = true;
  }
  return extended || best > -INFINITY ? best : 0;  // all tags are named
}

void expect_consistent(const HashModel& model, const SequenceDecoding& d, int64_t tags, int64_t picture, const Tags& named,
                       const DecodedSequence& found) {
  std::vector<float> most(tags, 0), emission(tags, 0), first = model.next(picture, {});
  const size_t rows = named.size() + (found.ended ? 1 : 0);
  for (size_t t = 0; t < rows; ++t) {
    const std::vector<float> p = model.next(picture, Tags(named.begin(), named.begin() + t));
    for (int64_t tag = 0; tag < tags; ++tag) most[tag] = std::max(most[tag], p[tag]);
    if (t < named.size() && emission[named[t]] == 0) emission[named[t]] = p[named[t]];
  }
  first.resize(tags);
  EXPECT_EQ(found.first, first);
  EXPECT_EQ(found.emission, emission);
  if (rows == static_cast<size_t>(d.steps) || found.ended) {
    EXPECT_EQ(found.most, most);  // else one more row was read, and no tag of it taken
  }
  ASSERT_EQ(found.path.size(), found.ended || rows == static_cast<size_t>(d.steps) ? rows : rows + 1);
  for (size_t t = 0; t < found.path.size(); ++t) {
    const std::vector<float> p = model.next(picture, Tags(named.begin(), named.begin() + std::min(t, named.size())));
    const int32_t chosen = t < named.size() ? named[t] : found.ended ? static_cast<int32_t>(tags) : -1;
    ASSERT_EQ(found.path[t].chosen.tag, chosen);
    ASSERT_EQ(found.path[t].chosen.probability, chosen < 0 ? 0 : p[chosen]);
    const StepTag& best = found.path[t].competing.front();
    ASSERT_EQ(found.path[t].competing.size(), std::min<size_t>(2, p.size()));
    ASSERT_EQ(best.tag, std::ranges::max_element(p) - p.begin());
    ASSERT_EQ(best.probability, p[best.tag]);
  }
}

// The named tags lead each ranking; the scores that promise so select exactly them.
void expect_ranked(const std::vector<DecodedSequence>& found, int64_t tags) {
  for (const SequenceScore score : {SequenceScore::kNamedFirst, SequenceScore::kMost, SequenceScore::kEmission}) {
    const Predictions p = predictions_of(found, tags, score);
    for (size_t i = 0; i < found.size(); ++i) {
      const Tags& named = found[i].tags;
      Tags sorted = p.ranking[i];
      ASSERT_TRUE(std::equal(named.begin(), named.end(), sorted.begin()));
      const auto most = [&](int32_t tag) { return found[i].most[tag]; };
      for (size_t place = named.size() + 1; place < sorted.size(); ++place) {
        const int32_t better = sorted[place - 1], worse = sorted[place];
        ASSERT_TRUE(most(better) > most(worse) || (most(better) == most(worse) && better < worse));
      }
      std::ranges::sort(sorted);
      for (int32_t tag = 0; tag < tags; ++tag) {
        ASSERT_EQ(sorted[tag], tag);
        if (score == SequenceScore::kMost) continue;
        const float limit = score == SequenceScore::kNamedFirst ? 1.0f : 0.0f;
        ASSERT_EQ(p.scores[i * tags + tag] > limit, std::ranges::count(named, tag) == 1);
      }
    }
  }
}

TEST(SequenceDecodeProperty, TenThousandPicturesFollowTheDefinition) {
  constexpr int64_t kPictures = 20;
  for (uint32_t seed = 0; seed < 10'000 / kPictures; ++seed) {
    std::mt19937 engine(seed);
    const auto below = [&](int64_t n) { return static_cast<int64_t>(engine() % static_cast<uint64_t>(n)); };
    const int64_t tags = 1 + below(4);
    SequenceDecoding d{.beam_width = std::vector<int64_t>{1, 2, 3, 500}[below(4)],
                       .steps = 1 + below(4),
                       .minimum_tags = below(4),
                       .end = below(3) != 0,
                       .repeat = below(3) == 0,
                       .competing = 2};
    if (below(3) == 0) d.least_probability = 0.05 * static_cast<double>(1 + below(10));
    HashModel model(tags, d.end, below(2) ? 3 : 1 << 20, seed);
    const std::vector<DecodedSequence> found = decode_sequences(d, kPictures, tags, Device::cpu(), model.step());
    ASSERT_EQ(found.size(), static_cast<size_t>(kPictures));
    for (int64_t i = 0; i < kPictures; ++i) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", picture " << i);
      const Sequence expected = search(model, d, tags, i);
      Tags once;
      for (const int32_t tag : expected.named) {
        if (!std::ranges::count(once, tag)) once.push_back(tag);
      }
      ASSERT_EQ(found[i].tags, once);
      ASSERT_EQ(found[i].ended, expected.ended);
      ASSERT_NEAR(found[i].log_probability, expected.score, 1e-9);
      expect_consistent(model, d, tags, i, expected.named, found[i]);
      if (d.least_probability > 0) continue;
      const double best = best_score(model, d, tags, i);
      ASSERT_LE(found[i].log_probability, best + 1e-9);
      if (d.beam_width == 500) {
        ASSERT_NEAR(found[i].log_probability, best, 1e-9);
      }
    }
    expect_ranked(found, tags);
    for (const DecodedSequence& greedy : found) {  // whose first place is that of the first step
      if (d.beam_width > 1 || d.least_probability > 0) continue;
      const auto best = std::ranges::max_element(greedy.first) - greedy.first.begin();
      ASSERT_EQ(predictions_of({greedy}, tags).ranking[0][0], best) << "seed " << seed;
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tagloom
