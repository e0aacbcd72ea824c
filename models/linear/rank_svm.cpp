#include "models/linear/rank_svm.h"

#include <cmath>

#include "kernels/math/gemm.h"

namespace tagloom {
namespace {

constexpr double kRankTolerance = 1e-4;
constexpr int kRankNewtonSteps = 100, kConjugateSteps = 50, kRankHalvings = 30;

class RankSolver {
 public:
  explicit RankSolver(const RankSvmProblem& p)
      : p_(p), rows_(static_cast<int64_t>(p.tags.size())), x_(Tensor::from(p.x, {rows_, p.columns})) {}

  // The loss of scores s [R,V] without C, and where asked for its derivative by them.
  double loss(const std::vector<Real>& s, std::vector<Real>* by_s) const {
    std::vector<double> sums(rows_, 0);
    if (by_s != nullptr) by_s->assign(s.size(), 0);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows_; ++i) {
      const Real* const si = s.data() + i * p_.tag_count;
      Real* const gi = by_s == nullptr ? nullptr : by_s->data() + i * p_.tag_count;
      for_pairs(i, [&](int32_t a, int32_t b) {
        const Real margin = 1 - (si[a] - si[b]);
        if (margin <= 0) return;
        sums[i] += double{margin} * margin;
        if (gi == nullptr) return;
        gi[a] -= 2 * margin;
        gi[b] += 2 * margin;
      });
    }
    double sum = 0;
    for (double of_picture : sums) sum += of_picture;
    return sum;
  }

  // The generalised Hessian of that loss by the scores, at s, times v.
  std::vector<Real> curvature(const std::vector<Real>& s, const std::vector<Real>& v) const {
    std::vector<Real> h(v.size(), 0);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows_; ++i) {
      const Real* const si = s.data() + i * p_.tag_count;
      const Real* const vi = v.data() + i * p_.tag_count;
      Real* const hi = h.data() + i * p_.tag_count;
      for_pairs(i, [&](int32_t a, int32_t b) {
        if (1 - (si[a] - si[b]) <= 0) return;
        const Real part = 2 * (vi[a] - vi[b]);
        hi[a] += part;
        hi[b] -= part;
      });
    }
    return h;
  }

  std::vector<Real> scores(const std::vector<Real>& w) const {  // x w^T
    const Tensor weights = Tensor::from(w, {p_.tag_count, p_.columns}), s = Tensor::empty({rows_, p_.tag_count});
    kernels::cpu::gemm(s.queue(), kernels::GemmShape{rows_, p_.tag_count, p_.columns, false, true}, x_.data(), weights.data(),
                       static_cast<const Real*>(nullptr), s.data(), kernels::Into::kOverwrite);
    return s.to_vector();
  }

  std::vector<Real> back(const std::vector<Real>& by_s) const {  // by_s^T x
    const Tensor g = Tensor::from(by_s, {rows_, p_.tag_count}), w = Tensor::empty({p_.tag_count, p_.columns});
    kernels::cpu::gemm(w.queue(), kernels::GemmShape{p_.tag_count, p_.columns, rows_, true, false}, g.data(), x_.data(),
                       static_cast<const Real*>(nullptr), w.data(), kernels::Into::kOverwrite);
    return w.to_vector();
  }

 private:
  // Calls pair(preferred, other) for each pair of picture i.
  template <class Pair>
  void for_pairs(int64_t i, const Pair& pair) const {
    const std::vector<int32_t>& tags = p_.tags[i];
    if (p_.pairs != PreferredPairs::kPresentAbsent) {
      for (size_t a = 0; a < tags.size(); ++a) {
        for (size_t b = a + 1; b < tags.size(); ++b) pair(tags[a], tags[b]);
      }
    }
    if (p_.pairs == PreferredPairs::kPresentOnly) return;
    std::vector<uint8_t> present(p_.tag_count, 0);
    for (int32_t tag : tags) present[tag] = 1;
    for (int32_t tag : tags) {
      for (int32_t other = 0; other < p_.tag_count; ++other) {
        if (!present[other]) pair(tag, other);
      }
    }
  }

  const RankSvmProblem& p_;
  int64_t rows_;
  Tensor x_;
};

double dot(const std::vector<Real>& a, const std::vector<Real>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

void add_scaled(std::vector<Real>& y, double factor, const std::vector<Real>& x) {
  for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<Real>(y[i] + factor * x[i]);
}

}  // namespace

std::vector<Real> fit_rank_svm(const RankSvmProblem& problem, const std::vector<Real>& start) {
  const RankSolver solver(problem);
  const double c = problem.c;
  std::vector<Real> w = start, by_s;
  w.resize(problem.tag_count * problem.columns, 0);
  double first_norm = 0;
  {
    const std::vector<Real> zeros(problem.tags.size() * problem.tag_count, 0);
    solver.loss(zeros, &by_s);
    const std::vector<Real> g = solver.back(by_s);
    first_norm = c * std::sqrt(dot(g, g));
  }
  std::vector<Real> s = solver.scores(w);
  double value = 0.5 * dot(w, w) + c * solver.loss(s, &by_s);
  for (int step = 0; step < kRankNewtonSteps; ++step) {
    std::vector<Real> gradient = solver.back(by_s);
    for (size_t i = 0; i < w.size(); ++i) gradient[i] = static_cast<Real>(w[i] + c * gradient[i]);
    const double norm = std::sqrt(dot(gradient, gradient));
    if (norm <= kRankTolerance * first_norm) break;
    // (I + C H) d = -gradient, to a tenth of the gradient
    std::vector<Real> d(w.size(), 0), residual(w.size(), 0), direction, product, direction_scores, d_scores(s.size(), 0);
    add_scaled(residual, -1, gradient);
    direction = residual;
    double square = dot(residual, residual);
    for (int k = 0; k < kConjugateSteps && std::sqrt(square) > 0.1 * norm; ++k) {
      direction_scores = solver.scores(direction);
      product = solver.back(solver.curvature(s, direction_scores));
      for (size_t i = 0; i < product.size(); ++i) product[i] = static_cast<Real>(direction[i] + c * product[i]);
      const double length = square / dot(direction, product);
      add_scaled(d, length, direction);
      add_scaled(d_scores, length, direction_scores);
      add_scaled(residual, -length, product);
      const double next = dot(residual, residual);
      for (size_t i = 0; i < direction.size(); ++i) {
        direction[i] = static_cast<Real>(residual[i] + next / square * direction[i]);
      }
      square = next;
    }
    const double slope = dot(gradient, d);
    double length = 1;
    bool taken = false;
    for (int halving = 0; halving < kRankHalvings && !taken; ++halving, length /= taken ? 1 : 2) {
      std::vector<Real> tried = w, tried_scores = s;
      add_scaled(tried, length, d);
      add_scaled(tried_scores, length, d_scores);
      const double there = 0.5 * dot(tried, tried) + c * solver.loss(tried_scores, nullptr);
      if (there > value + 1e-4 * length * slope) continue;
      w = std::move(tried);
      taken = true;
    }
    if (!taken) break;  // floats cannot do better
    s = solver.scores(w);
    value = 0.5 * dot(w, w) + c * solver.loss(s, &by_s);
  }
  return w;
}

RankSvm::RankSvm(const FeatureMapOptions& map, std::vector<double> c, PreferredPairs pairs) : LinearHead(map, std::move(c)) {
  problem_.tag_count = map.tags;
  problem_.pairs = pairs;
}

void RankSvm::prepare(const FitPictures& train) {
  fit_map(train);
  problem_.x = with_ones(train.features);
  problem_.tags = train.tags;
  problem_.columns = static_cast<int64_t>(problem_.x.size()) / train.size();
  weights_.clear();
  device_ = train.features.device();
}

void RankSvm::adjust() {
  problem_.c = c();
  weights_ = fit_rank_svm(problem_, weights_);
  set_weights(weights_, device_);
}

}  // namespace tagloom
