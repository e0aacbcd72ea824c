#include "models/neighbours/tagprop.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tagloom {
namespace {

constexpr double kRidge = 1e-4;
constexpr int kRounds = 5;  // of fitting the curves, then lambda

// pi of one picture; distances ascend, so the first exponent is the largest.
void soften(const double* distance, int64_t k, double lambda, double* pi) {
  double sum = 0;
  for (int64_t j = 0; j < k; ++j) sum += pi[j] = std::exp(-lambda * (distance[j] - distance[0]));
  for (int64_t j = 0; j < k; ++j) pi[j] /= sum;
}

struct Term {
  double value, by_x;
};

struct PairWeights {
  double present, absent;  // 1/n+, 1/n-
};

PairWeights pair_weights(const TagPropProblem& problem) {
  double present = 0;
  for (const std::vector<int32_t>& tags : problem.tags) present += static_cast<double>(tags.size());
  const double absent = static_cast<double>(problem.pictures() * problem.tag_count) - present;
  return {present > 0 ? 1 / present : 0, absent > 0 ? 1 / absent : 0};
}

}  // namespace

std::vector<double> TagPropProblem::votes(double lambda) const {
  std::vector<double> x(pictures() * tag_count, kEpsilon), pi(neighbours);
  for (int64_t i = 0; i < pictures(); ++i) {
    soften(distance.data() + i * neighbours, neighbours, lambda, pi.data());
    for (int64_t j = 0; j < neighbours; ++j) {
      for (int32_t tag : tags[row[i * neighbours + j]]) x[i * tag_count + tag] += (1 - 2 * kEpsilon) * pi[j];
    }
  }
  return x;
}

double TagPropProblem::likelihood(double lambda, std::span<const LogisticCurve> curves, double* derivative) const {
  const PairWeights weight = pair_weights(*this);
  // w log p(y), and its derivative by x
  const auto term = [&](int64_t tag, bool carried, double x) {
    const double w = carried ? weight.present : weight.absent;
    if (curves.empty()) return Term{w * std::log(carried ? x : 1 - x), carried ? w / x : -w / (1 - x)};
    const double z = curves[tag].slope * x + curves[tag].offset, wrong = carried ? -z : z, power = std::exp(-std::abs(wrong));
    const double miss = (wrong > 0 ? 1 : power) / (1 + power);  // 1 - p(y)
    return Term{-w * (std::max(wrong, 0.0) + std::log1p(power)), (carried ? w : -w) * miss * curves[tag].slope};
  };
  std::vector<Term> of_none(2 * tag_count);  // the terms of tags that no neighbour votes for, which are most of them
  for (int64_t tag = 0; tag < tag_count; ++tag) {
    for (bool carried : {false, true}) of_none[2 * tag + carried] = term(tag, carried, kEpsilon);
  }
  std::vector<double> sums(pictures()), slopes(pictures());  // added up in order, for any number of threads
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < pictures(); ++i) {
    std::vector<double> x(tag_count, kEpsilon), by_x(tag_count), pi(neighbours);
    const double* const d = distance.data() + i * neighbours;
    const int32_t* const rows = row.data() + i * neighbours;
    soften(d, neighbours, lambda, pi.data());
    for (int64_t j = 0; j < neighbours; ++j) {
      for (int32_t tag : tags[rows[j]]) x[tag] += (1 - 2 * kEpsilon) * pi[j];
    }
    std::vector<uint8_t> carries(tag_count, 0);
    for (int32_t tag : tags[i]) carries[tag] = 1;
    double sum = 0;
    for (int64_t tag = 0; tag < tag_count; ++tag) {
      const Term of_tag = x[tag] == kEpsilon ? of_none[2 * tag + carries[tag]] : term(tag, carries[tag], x[tag]);
      sum += of_tag.value;
      by_x[tag] = of_tag.by_x;
    }
    // d pi_j / d lambda = pi_j (mean d - d_j)
    double mean = 0, slope = 0;
    for (int64_t j = 0; j < neighbours; ++j) mean += pi[j] * d[j];
    for (int64_t j = 0; j < neighbours; ++j) {
      double by_pi = 0;
      for (int32_t tag : tags[rows[j]]) by_pi += by_x[tag];
      slope += (1 - 2 * kEpsilon) * by_pi * pi[j] * (mean - d[j]);
    }
    sums[i] = sum;
    slopes[i] = slope;
  }
  if (derivative != nullptr) *derivative = std::accumulate(slopes.begin(), slopes.end(), 0.0);
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

namespace {

// Returns the lambda of a maximum uphill from `start`: brackets a change of sign of the slope, then narrows it by regula falsi
// (in the Illinois form). `unit`: the scale of lambda.
double uphill(const TagPropProblem& problem, std::span<const LogisticCurve> curves, double start, double unit) {
  struct Point {
    double lambda, likelihood, slope;
  };
  const auto at = [&](double lambda) {
    Point point{lambda, 0, 0};
    point.likelihood = problem.likelihood(lambda, curves, &point.slope);
    return point;
  };
  const Point first = at(start);
  Point low = first, high = first;
  while (high.slope > 0 && high.lambda < 1e6 * unit) low = high, high = at(2 * std::max(high.lambda, 1e-3 * unit));
  while (low.slope < 0 && low.lambda > 0) high = low, low = at(low.lambda > 1e-3 * unit ? low.lambda / 2 : 0);
  Point best = low.slope <= 0 ? low : high;
  double low_slope = low.slope, high_slope = high.slope;
  for (int side = 0; low_slope > 0 && high_slope < 0 && high.lambda - low.lambda > 1e-6 * high.lambda;) {
    best = at((low.lambda * high_slope - high.lambda * low_slope) / (high_slope - low_slope));
    if (best.slope > 0) {
      low = best, low_slope = best.slope;
      if (side > 0) high_slope /= 2;
      side = 1;
    } else {
      high = best, high_slope = best.slope;
      if (side < 0) low_slope /= 2;
      side = -1;
    }
    if (std::abs(best.slope) <= 1e-9 * std::abs(first.slope)) break;
  }
  return best.likelihood >= first.likelihood ? best.lambda : start;
}

}  // namespace

TagPropFit fit_tagprop(const TagPropProblem& problem, bool sigmoid) {
  TagPropFit fit;
  double mean = 0;
  for (double d : problem.distance) mean += d / static_cast<double>(problem.distance.size());
  const double unit = mean > 0 ? 1 / mean : 1;
  fit.lambda = unit;
  const PairWeights weight = pair_weights(problem);
  const int64_t pictures = problem.pictures(), tags = problem.tag_count;
  for (int round = 0; round < (sigmoid ? kRounds : 1); ++round) {
    if (sigmoid) {
      const std::vector<double> x = problem.votes(fit.lambda);
      fit.curves.resize(tags);
#pragma omp parallel for schedule(dynamic)
      for (int64_t tag = 0; tag < tags; ++tag) {
        std::vector<double> of_tag(pictures), y(pictures, 0), w(pictures, weight.absent);
        for (int64_t i = 0; i < pictures; ++i) {
          of_tag[i] = x[i * tags + tag];
          const std::vector<int32_t>& of_picture = problem.tags[i];
          if (std::find(of_picture.begin(), of_picture.end(), static_cast<int32_t>(tag)) == of_picture.end()) continue;
          y[i] = 1;
          w[i] = weight.present;
        }
        // The weights of all pairs sum to 2; the ridge is relative to one tag's share.
        fit.curves[tag] = fit_logistic(of_tag, y, w, kRidge / static_cast<double>(tags), fit.curves[tag]);
      }
    }
    fit.lambda = uphill(problem, fit.curves, fit.lambda, unit);
  }
  fit.likelihood = problem.likelihood(fit.lambda, fit.curves);
  return fit;
}

void TagPropOptions::declare(SettingTable& table) {
  map.declare(table);
  declare_k(table, k);
  table.section("neighbours")
      .flag("sigmoid", sigmoid, "Fit one logistic function per tag, which raises the scores of rare tags.");
}

std::unique_ptr<TaggerHead> TagPropOptions::build(int64_t features, const TagStatistics& tags) const {
  return build_fitted<TagProp>(*this, features, tags);
}

TagProp::TagProp(const TagPropOptions& options)
    : NeighbourHead(options.map, {{"neighbours.k", options.k}}), sigmoid_(options.sigmoid) {
  lambda_ = Tensor::zeros({1});
  add_buffer("lambda", lambda_);
  if (!sigmoid_) return;
  slope_ = Tensor::zeros({tags_});
  offset_ = Tensor::zeros({tags_});
  add_buffer("slope", slope_);
  add_buffer("offset", offset_);
}

void TagProp::adjust_weights() {
  TagPropProblem problem{.tag_count = tags_, .distance = {}, .row = {}, .tags = tags_of_rows()};
  TL_CHECK_AS(ErrorKind::kData, rows() > 1, "tagprop needs at least two training pictures: no picture is its own neighbour");
  const int64_t k = std::min(chosen_count("neighbours.k"), rows() - 1);
  for_training_blocks([&](const Block& block) {
    const Nearest found = nearest(block, k);
    problem.neighbours = found.k;
    problem.distance.insert(problem.distance.end(), found.distance.begin(), found.distance.end());
    problem.row.insert(problem.row.end(), found.row.begin(), found.row.end());
  });
  const TagPropFit fit = fit_tagprop(problem, sigmoid_);
  const Real lambda = static_cast<Real>(fit.lambda);
  lambda_.write(&lambda, 1);
  if (!sigmoid_) return;
  std::vector<Real> slope, offset;
  for (const LogisticCurve& curve : fit.curves) {
    slope.push_back(static_cast<Real>(curve.slope));
    offset.push_back(static_cast<Real>(curve.offset));
  }
  slope_.write(slope.data(), slope.size());
  offset_.write(offset.data(), offset.size());
}

void TagProp::score(const Block& block, float* scores) {
  const auto& tags_of = tags_of_rows();
  const Nearest found = nearest(block, chosen_count("neighbours.k"));
  const double lambda = lambda_.to_vector().front();
  std::vector<Real> slope, offset;
  if (sigmoid_) slope = slope_.to_vector(), offset = offset_.to_vector();
  std::vector<double> pi(found.k), x(tags_);
  for (int64_t i = 0; i < block.size(); ++i) {
    soften(found.distance.data() + i * found.k, found.k, lambda, pi.data());
    std::fill(x.begin(), x.end(), TagPropProblem::kEpsilon);
    for (int64_t j = 0; j < found.k; ++j) {
      for (int32_t tag : tags_of[found.row[i * found.k + j]]) x[tag] += (1 - 2 * TagPropProblem::kEpsilon) * pi[j];
    }
    for (int64_t tag = 0; tag < tags_; ++tag) {
      scores[i * tags_ + tag] = static_cast<float>(sigmoid_ ? LogisticCurve{slope[tag], offset[tag]}(x[tag]) : x[tag]);
    }
  }
}

}  // namespace tagloom
