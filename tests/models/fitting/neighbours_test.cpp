// Compares nearest-neighbour taggers with brute force in double, pair by pair of pictures.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "engine/train/weights.h"
#include "models/neighbours/knn.h"
#include "models/neighbours/tagprop.h"
#include "models/neighbours/two_pass_knn.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/temporary_folder.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

constexpr int64_t kR = 57, kN = 9, kF = 12, kV = 7;
const FeatureMapOptions kMap{.features = kF, .tags = kV};

std::vector<Real> rows_of_features(int64_t rows, uint64_t seed) { return test::uniform_array<Real>(rows * kF, seed, 0, 1); }

FitPictures training() {
  FitPictures pictures{Tensor::from(rows_of_features(kR, 11), {kR, kF}), {}};
  const std::vector<uint8_t> flags = test::flag_array(kR * kV, 12, 0.3);
  for (int64_t i = 0; i < kR; ++i) {
    std::vector<int32_t> tags;
    for (int32_t tag = 0; tag < kV - 1; ++tag) {  // no picture has the last one
      if (flags[i * kV + tag]) tags.push_back(tag);
    }
    if (tags.empty()) tags.push_back(static_cast<int32_t>(i % (kV - 1)));
    pictures.tags.push_back(tags);
  }
  return pictures;
}

const Tensor& queries() {
  static const Tensor features = Tensor::from(rows_of_features(kN, 13), {kN, kF});
  return features;
}

std::vector<double> scores_of(TaggerHead& head, const Tensor& features = queries()) {
  Tape tape(Tape::kForwardOnly);
  const Predictions predictions = head.predict(tape.constant(features));
  return {predictions.scores.begin(), predictions.scores.end()};
}

bool has_tag(const std::vector<int32_t>& tags, int64_t tag) { return std::find(tags.begin(), tags.end(), tag) != tags.end(); }

// Distances [N,R] between rows at length 1.
std::vector<double> distances(const std::vector<Real>& a, const std::vector<Real>& b) {
  const auto unit = [](const Real* x) {
    std::vector<double> y(x, x + kF);
    const double length = std::sqrt(std::inner_product(y.begin(), y.end(), y.begin(), 0.0));
    for (double& value : y) value /= length;
    return y;
  };
  std::vector<double> all;
  for (size_t i = 0; i < a.size(); i += kF) {
    for (size_t j = 0; j < b.size(); j += kF) {
      const std::vector<double> x = unit(a.data() + i), y = unit(b.data() + j);
      double square = 0;
      for (int64_t f = 0; f < kF; ++f) square += (x[f] - y[f]) * (x[f] - y[f]);
      all.push_back(std::sqrt(square));
    }
  }
  return all;
}

std::vector<double> query_distances() { return distances(queries().to_vector(), rows_of_features(kR, 11)); }

// The rows of `among` sorted by their distance to picture i.
std::vector<int64_t> nearest_first(const std::vector<double>& distance, int64_t i, std::vector<int64_t> among) {
  std::stable_sort(among.begin(), among.end(), [&](int64_t a, int64_t b) { return distance[i * kR + a] < distance[i * kR + b]; });
  return among;
}

std::vector<int64_t> all_rows() {
  std::vector<int64_t> rows(kR);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

TEST(Knn, MatchesBruteForce) {
  const FitPictures train = training();
  const std::vector<double> distance = query_distances();
  for (const Vote vote : {Vote::kCount, Vote::kExponential}) {
    for (const int64_t k : {1, 5, 57, 200}) {
      const int64_t counted = std::min(k, kR);
      std::vector<double> expected(kN * kV, 0);
      for (int64_t i = 0; i < kN; ++i) {
        std::vector<int64_t> rows = nearest_first(distance, i, all_rows());
        rows.resize(counted);
        double mean = 0, sum = 0;
        for (int64_t row : rows) mean += distance[i * kR + row] / static_cast<double>(counted);
        for (int64_t row : rows) {
          const double weight = vote == Vote::kCount ? 1 : std::exp(-distance[i * kR + row] / mean);
          sum += weight;
          for (int64_t tag = 0; tag < kV; ++tag) expected[i * kV + tag] += weight * has_tag(train.tags[row], tag);
        }
        for (int64_t tag = 0; tag < kV; ++tag) expected[i * kV + tag] /= sum;
      }
      Knn knn({.map = kMap, .k = {static_cast<double>(k)}, .vote = vote});
      knn.fit(train);
      EXPECT_TRUE(test::near(format("knn[k={}]", k), "ours≠brute", scores_of(knn), expected, {1e-5, 1e-5}, {kN, kV}));
    }
  }
}

TEST(Jec, MatchesBruteForce) {
  const FitPictures train = training();
  const std::vector<double> distance = query_distances();
  constexpr int64_t kK = 6;
  Jec jec({.map = kMap, .k = {kK}});
  jec.fit(train);
  const std::vector<double> scores = scores_of(jec);
  const auto with = [&](auto... tags) {  // training pictures with all of these tags
    double count = 0;
    for (const auto& of_picture : train.tags) count += (has_tag(of_picture, tags) && ...);
    return count;
  };
  for (int64_t i = 0; i < kN; ++i) {
    std::vector<int64_t> rows = nearest_first(distance, i, all_rows());
    const std::vector<int32_t>& first = train.tags[rows[0]];
    for (int64_t tag = 0; tag < kV; ++tag) {
      const double got = scores[i * kV + tag];
      if (has_tag(first, tag)) {
        EXPECT_NEAR(got, 0.5 + 0.5 * with(tag) / kR, 1e-6);
        continue;
      }
      double together = 0, most = 0, local = 0;
      for (int32_t a : first) together += with(a, tag), most += with(a);
      for (int64_t j = 1; j < kK; ++j) local += has_tag(train.tags[rows[j]], tag);
      EXPECT_NEAR(got, 0.5 * together * local / (most * (kK - 1)), 1e-6);
      EXPECT_LT(got, 0.5);
    }
  }
}

TEST(TwoPassKnn, MatchesBruteForce) {
  const FitPictures train = training();
  const std::vector<double> distance = query_distances();
  for (const int64_t per_tag : {1, 3, 1000}) {
    for (const double sharpness : {1.0, 20.0}) {
      std::vector<double> expected(kN * kV, 0);
      for (int64_t i = 0; i < kN; ++i) {
        std::set<int64_t> neighbourhood;
        for (int64_t tag = 0; tag < kV; ++tag) {
          std::vector<int64_t> carriers;
          for (int64_t row = 0; row < kR; ++row) {
            if (has_tag(train.tags[row], tag)) carriers.push_back(row);
          }
          carriers = nearest_first(distance, i, carriers);
          for (int64_t j = 0; j < std::min<int64_t>(per_tag, static_cast<int64_t>(carriers.size())); ++j)
            neighbourhood.insert(carriers[j]);
        }
        double least = 1e9, mean = 0, sum = 0;
        for (int64_t row : neighbourhood) {
          least = std::min(least, distance[i * kR + row]);
          mean += distance[i * kR + row] / static_cast<double>(neighbourhood.size());
        }
        for (int64_t row : neighbourhood) {
          const double weight = std::exp(-sharpness * (distance[i * kR + row] - least) / mean);
          for (int32_t tag : train.tags[row]) expected[i * kV + tag] += weight, sum += weight;
        }
        for (int64_t tag = 0; tag < kV; ++tag) expected[i * kV + tag] /= sum;
      }
      TwoPassKnn two_pass({.map = kMap, .per_tag = {static_cast<double>(per_tag)}, .sharpness = {sharpness}});
      two_pass.fit(train);
      EXPECT_TRUE(test::near(format("two_pass_knn[per_tag={} sharpness={}]", per_tag, sharpness), "ours≠brute",
                             scores_of(two_pass), expected, {1e-5, 1e-4}, {kN, kV}));
    }
  }
}

TagPropProblem tagprop_problem() {
  const FitPictures train = training();
  const std::vector<double> distance = distances(rows_of_features(kR, 11), rows_of_features(kR, 11));
  TagPropProblem problem{.neighbours = 8, .tag_count = kV, .distance = {}, .row = {}, .tags = train.tags};
  for (int64_t i = 0; i < kR; ++i) {
    std::vector<int64_t> rows = all_rows();
    rows.erase(rows.begin() + i);
    rows = nearest_first(distance, i, rows);
    for (int64_t j = 0; j < 8; ++j) {
      problem.row.push_back(static_cast<int32_t>(rows[j]));
      problem.distance.push_back(distance[i * kR + rows[j]]);
    }
  }
  return problem;
}

TEST(TagProp, DerivativeMatchesFiniteDifferences) {
  const TagPropProblem problem = tagprop_problem();
  std::vector<LogisticCurve> curves;
  for (int64_t tag = 0; tag < kV; ++tag)
    curves.push_back({1.5 + 0.5 * static_cast<double>(tag), -1 + 0.2 * static_cast<double>(tag)});
  for (const double lambda : {0.3, 2.0, 11.0}) {
    for (const std::vector<LogisticCurve>& used : {std::vector<LogisticCurve>(), curves}) {
      double derivative = 0;
      problem.likelihood(lambda, used, &derivative);
      const double step = 1e-5;
      const double expected = (problem.likelihood(lambda + step, used) - problem.likelihood(lambda - step, used)) / (2 * step);
      EXPECT_NEAR(derivative, expected, 1e-6 * (1 + std::abs(expected))) << lambda;
      EXPECT_GT(std::abs(expected), 1e-6);
    }
  }
}

TEST(TagProp, TheFitIsAMaximum) {
  const TagPropProblem problem = tagprop_problem();
  const TagPropFit plain = fit_tagprop(problem, false), sigmoid = fit_tagprop(problem, true);
  for (double lambda = 0; lambda < 60; lambda += 0.25)
    EXPECT_GE(plain.likelihood, problem.likelihood(lambda, {}) - 1e-6) << lambda;
  EXPECT_GT(sigmoid.likelihood, plain.likelihood);
  for (const double factor : {0.9, 1.1}) {
    EXPECT_GE(sigmoid.likelihood, problem.likelihood(factor * sigmoid.lambda, sigmoid.curves) - 1e-9);
    for (int64_t tag = 0; tag < kV - 1; ++tag) {
      std::vector<LogisticCurve> other = sigmoid.curves;
      other[tag].slope *= factor;
      EXPECT_GE(sigmoid.likelihood, problem.likelihood(sigmoid.lambda, other) - 1e-6) << tag;
    }
  }
}

TEST(TagProp, PredictsWithTheFit) {
  TagProp tagprop({.map = kMap, .k = {8}});
  const FitPictures train = training();
  tagprop.fit(train);
  const TagPropFit fit = fit_tagprop(tagprop_problem(), true);  // no picture is its own neighbour in either
  const std::vector<double> distance = query_distances();
  std::vector<double> expected;
  for (int64_t i = 0; i < kN; ++i) {
    std::vector<int64_t> rows = nearest_first(distance, i, all_rows());
    rows.resize(8);
    double sum = 0;
    for (int64_t row : rows) sum += std::exp(-fit.lambda * distance[i * kR + row]);
    for (int64_t tag = 0; tag < kV; ++tag) {
      double x = 0;
      for (int64_t row : rows) {
        const double pi = std::exp(-fit.lambda * distance[i * kR + row]) / sum;
        x += pi * (has_tag(train.tags[row], tag) ? 1 - TagPropProblem::kEpsilon : TagPropProblem::kEpsilon);
      }
      expected.push_back(1 / (1 + std::exp(-fit.curves[tag].slope * x - fit.curves[tag].offset)));
    }
  }
  EXPECT_TRUE(test::near("tagprop", "ours≠brute", scores_of(tagprop), expected, {1e-4, 1e-3}, {kN, kV}));
}

TEST(NeighbourHead, BalanceDividesByLeaveOneOutTrainingScores) {
  const FitPictures train = training();
  const std::vector<Real> features = train.features.to_vector();
  std::vector<double> largest(kV, 0), sum(kV, 0), carriers(kV, 0);
  for (int64_t left_out = 0; left_out < kR; ++left_out) {
    FitPictures others;
    std::vector<Real> rows = features;
    rows.erase(rows.begin() + left_out * kF, rows.begin() + (left_out + 1) * kF);
    others.features = Tensor::from(rows, {kR - 1, kF});
    others.tags = train.tags;
    others.tags.erase(others.tags.begin() + left_out);
    TwoPassKnn head({.map = kMap, .per_tag = {2}, .sharpness = {8}});
    head.fit(others);
    const std::vector<double> scores = scores_of(head, train.features.rows(left_out, left_out + 1));
    for (int64_t tag = 0; tag < kV; ++tag) {
      largest[tag] = std::max(largest[tag], scores[tag]);
      if (!has_tag(train.tags[left_out], tag)) continue;
      sum[tag] += scores[tag];
      carriers[tag] += 1;
    }
  }
  TwoPassKnn plain({.map = kMap, .per_tag = {2}, .sharpness = {8}}),
      by_largest({.map = kMap, .per_tag = {2}, .sharpness = {8}, .balance = Balance::kLargest}),
      by_mean({.map = kMap, .per_tag = {2}, .sharpness = {8}, .balance = Balance::kMean});
  for (FittedHead* head : std::initializer_list<FittedHead*>{&plain, &by_largest, &by_mean}) head->fit(train);
  std::vector<double> expected_largest = scores_of(plain), expected_mean = expected_largest;
  for (int64_t i = 0; i < kN; ++i) {
    for (int64_t tag = 0; tag < kV; ++tag) {
      expected_largest[i * kV + tag] *= largest[tag] > 0 ? 1 / largest[tag] : 0;
      expected_mean[i * kV + tag] *= sum[tag] > 0 ? carriers[tag] / sum[tag] : 0;
    }
  }
  EXPECT_TRUE(test::near("balance=largest", "ours≠brute", scores_of(by_largest), expected_largest, {1e-5, 1e-4}, {kN, kV}));
  EXPECT_TRUE(test::near("balance=mean", "ours≠brute", scores_of(by_mean), expected_mean, {1e-5, 1e-4}, {kN, kV}));
}

TEST(NeighbourHead, IsIndependentOfBlocksAndBatches) {
  TwoPassKnn head({.map = kMap, .per_tag = {2}, .sharpness = {8}});
  head.fit(training());
  const std::vector<double> whole = scores_of(head);
  std::vector<double> one_by_one;
  for (int64_t i = 0; i < kN; ++i) {
    const std::vector<double> scores = scores_of(head, queries().rows(i, i + 1));
    one_by_one.insert(one_by_one.end(), scores.begin(), scores.end());
  }
  EXPECT_TRUE(test::near("two_pass_knn", "batch≠single", one_by_one, whole, {1e-6, 1e-5}, {kN, kV}));
}

TEST(FittedHead, KeepsTheBestOfAllCombinations) {
  TwoPassKnn head({.map = kMap, .per_tag = {1, 2, 3}, .sharpness = {1, 4}});
  FitPictures held_out{queries(), std::vector<std::vector<int32_t>>(kN, {0})};
  std::vector<FitValues> tried;
  std::vector<double> second_scores;
  head.choose(training(), held_out,
              {.judge =
                   [&](const Predictions& predictions) {
                     if (tried.size() == 3) second_scores.assign(predictions.scores.begin(), predictions.scores.end());
                     return tried.size() == 3 || tried.size() == 5 ? 0.7 : 0.1;
                   },
               .on_trial = [&](const FitValues& values, double) { tried.push_back(values); }});
  EXPECT_EQ(tried.size(), 6u);
  EXPECT_EQ(head.chosen(), tried[3]);  // ties: the first
  EXPECT_EQ(head.chosen(), (FitValues{{"neighbours.per_tag", 2}, {"neighbours.sharpness", 4}}));
  EXPECT_EQ(scores_of(head), second_scores);
  EXPECT_EQ(head.metadata().at("neighbours.per_tag"), "2");
  EXPECT_ERROR(kUsage, "neighbours.per_tag lists several values", head.choose(training(), {}, {}));
}

// A saved head, and an unfitted one to load files into.
class NeighbourFiles : public testing::Test {
 protected:
  NeighbourFiles()
      : saved_({.map = {.features = kF, .tags = kV, .projection = Projection::kCca, .dimensions = 4},
                .per_tag = {2},
                .sharpness = {8}}),
        opened_({.map = {.features = kF, .tags = kV, .projection = Projection::kCca, .dimensions = 4},
                 .per_tag = {5, 6},
                 .sharpness = {1}}) {
    saved_.fit(training());
  }
  void load(const std::string& path) {
    const Safetensors file = Safetensors::open(path);
    opened_.size_from(file);
    load_weights(opened_, file);
    opened_.set_metadata(file.metadata(), path);
  }
  // The saved head's file with one tensor replaced.
  std::string with(const std::string& name, const Shape& shape) {
    ModuleEntries made = module_entries(saved_);
    const std::vector<float> zeros(element_count(shape), 0);
    for (SafetensorsEntry& entry : made.entries) {
      if (entry.name == name) entry = {name, SafetensorsType::kF32, shape, std::as_bytes(std::span(zeros))};
    }
    write_safetensors(folder_ / "changed.safetensors", made.entries, saved_.metadata());
    return folder_ / "changed.safetensors";
  }

  test::TemporaryFolder folder_;
  TwoPassKnn saved_, opened_;
};

TEST_F(NeighbourFiles, SavedHeadPredictsTheSame) {
  save_weights(saved_, folder_ / "head.safetensors", saved_.metadata());
  load(folder_ / "head.safetensors");
  EXPECT_EQ(scores_of(opened_), scores_of(saved_));
  EXPECT_EQ(opened_.metadata(), saved_.metadata());
}

TEST_F(NeighbourFiles, RejectsContradictorySizes) {
  EXPECT_ERROR(kData, "training.labels is [56, 7] in the file, but [57, 7] in the model",
               load(with("training.labels", {56, kV})));
  EXPECT_ERROR(kData, "training.labels is [57, 8] in the file, but [57, 7] in the model",
               load(with("training.labels", {kR, kV + 1})));
  EXPECT_ERROR(kData, "training.features is [57, 5] in the file", load(with("training.features", {kR, 5})));
  EXPECT_ERROR(kData, "training.features is [57] in the file", load(with("training.features", {kR})));
  EXPECT_ERROR(kData, "training.features is [0, 4] in the file", load(with("training.features", {0, 4})));
  EXPECT_ERROR(kData, "map.offset is [3] in the file, but [4] in the model", load(with("map.offset", {3})));
  EXPECT_ERROR(kData, "map.projection is [4, 11] in the file", load(with("map.projection", {4, 11})));
}

TEST_F(NeighbourFiles, RejectsMissingAndInvalidChoices) {
  for (const auto& [value, complaint] : std::vector<std::pair<std::string, std::string>>{{"-3", "which is not a number above 0"},
                                                                                         {"nan", "which is not"},
                                                                                         {"1e999", "which is not"},
                                                                                         {"2x", "which is not"},
                                                                                         {"", "which is not"}}) {
    SafetensorsMetadata metadata = saved_.metadata();
    metadata["neighbours.per_tag"] = value;
    save_weights(saved_, folder_ / "lie.safetensors", metadata);
    EXPECT_ERROR(kData, complaint, load(folder_ / "lie.safetensors"));
  }
  save_weights(saved_, folder_ / "none.safetensors");
  EXPECT_ERROR(kData, "its metadata has no neighbours.per_tag", load(folder_ / "none.safetensors"));
}

}  // namespace
}  // namespace tagloom
