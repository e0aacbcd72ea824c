#include "models/neighbours/tagprop.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tagloom {
namespace {

constexpr double kRidge = 1e-4;
constexpr int kRounds = 5, kSteps = 50;  // of lambda and curves in turn; of lambda in a round

// pi of one picture; the distances are sorted, so that the first exponent is the largest.
void soften(const double* distance, int64_t k, double lambda, double* pi) {
  double sum = 0;
  for (int64_t j = 0; j < k; ++j) sum += pi[j] = std::exp(-lambda * (distance[j] - distance[0]));
  for (int64_t j = 0; j < k; ++j) pi[j] /= sum;
}

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
  std::vector<double> sums(pictures()), slopes(pictures());  // added up in order, whatever the number of threads
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
      const double w = carries[tag] ? weight.present : weight.absent;
      if (curves.empty()) {
        sum += w * std::log(carries[tag] ? x[tag] : 1 - x[tag]);
        by_x[tag] = carries[tag] ? w / x[tag] : -w / (1 - x[tag]);
      } else {
        const double z = curves[tag].slope * x[tag] + curves[tag].offset, sign = carries[tag] ? -1 : 1;
        sum -= w * (sign * z > 0 ? sign * z + std::log1p(std::exp(-sign * z)) : std::log1p(std::exp(sign * z)));
        by_x[tag] = w * (carries[tag] - curves[tag](x[tag])) * curves[tag].slope;
      }
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

TagPropFit fit_tagprop(const TagPropProblem& problem, bool sigmoid) {
  TagPropFit fit;
  double mean = 0;
  for (double d : problem.distance) mean += d / static_cast<double>(problem.distance.size());
  fit.lambda = mean > 0 ? 1 / mean : 1;
  const PairWeights weight = pair_weights(problem);
  const int64_t pictures = problem.pictures(), tags = problem.tag_count;
  double step = fit.lambda;  // the size of the last step that was taken
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
        // The weights of all pairs sum to 2: the ridge is a part of a tag's share.
        fit.curves[tag] = fit_logistic(of_tag, y, w, kRidge / static_cast<double>(tags), fit.curves[tag]);
      }
    }
    for (int k = 0; k < kSteps; ++k) {
      double slope = 0;
      const double here = problem.likelihood(fit.lambda, fit.curves, &slope);
      double tried = fit.lambda;
      for (step *= 4; step > 1e-6 * (1 + fit.lambda); step /= 2) {
        tried = std::max(0.0, fit.lambda + (slope > 0 ? step : -step));
        if (problem.likelihood(tried, fit.curves) >= here + 1e-4 * slope * (tried - fit.lambda)) break;
      }
      if (step <= 1e-6 * (1 + fit.lambda) || tried == fit.lambda) break;
      fit.lambda = tried;
    }
    step = std::max(step, 1e-2 * fit.lambda);
  }
  fit.likelihood = problem.likelihood(fit.lambda, fit.curves);
  return fit;
}

TagProp::TagProp(const FeatureMapOptions& map, std::vector<double> neighbours, bool sigmoid)
    : NeighbourHead(map, {{"neighbours.k", std::move(neighbours)}}), sigmoid_(sigmoid) {
  lambda_ = Tensor::zeros({1});
  add_buffer("lambda", lambda_);
  if (!sigmoid) return;
  slope_ = Tensor::zeros({tags_});
  offset_ = Tensor::zeros({tags_});
  add_buffer("slope", slope_);
  add_buffer("offset", offset_);
}

void TagProp::adjust_weights() {
  TagPropProblem problem{.tag_count = tags_, .distance = {}, .row = {}, .tags = tags_of_rows()};
  TL_CHECK_AS(ErrorKind::kData, rows() > 1, "tagprop needs two training pictures at least: one is the other's neighbour");
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
