#include "models/linear/hinge_newton.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>

#include "kernels/cpu/cpu_level.h"
#include "kernels/linear/gemm.h"
#include "models/fitting/decompositions.h"

namespace tagloom {
namespace {

constexpr int kHingeSteps = 100, kConjugateSteps = 100, kHingeHalvings = 30;
constexpr double kInexact = 0.5;  // the fraction of the gradient that may remain as residual of a step's linear system

using Rows = std::vector<Real>;  // one row per tag
using Tags = std::vector<int64_t>;

// Without AVX-512, the order of summation in oneDNN's matrix products depends on the number of threads, so a single thread multiplies each
// block of rows.
constexpr int64_t kRowsOfBlock = 64;

// a [m,k] b [k,n], or b [n,k] transposed
Rows product(const Real* a, const Real* b, int64_t m, int64_t n, int64_t k, bool transpose_b) {
  Rows c(m * n);
  const auto multiply_rows = [&](int64_t first, int64_t count) {
    kernels::Queue cpu;
    TL_ON_CPU(gemm(cpu, kernels::GemmShape{count, n, k, false, transpose_b}, a + first * k, b, static_cast<const Real*>(nullptr),
                   c.data() + first * n, kernels::Into::kOverwrite));
  };
  if (kernels::use_v4()) {
    multiply_rows(0, m);
    return c;
  }
  std::exception_ptr error;
#pragma omp parallel for schedule(static)
  for (int64_t first = 0; first < m; first += kRowsOfBlock) {
    try {
      multiply_rows(first, std::min(kRowsOfBlock, m - first));
    } catch (...) {
#pragma omp critical(hinge_newton_product)
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
  return c;
}

// For the rows of `tags`: to <- from [V,k] times b [k,n], or b [n,k] transposed.
void multiply(const Tags& tags, const Rows& from, const Rows& b, int64_t n, int64_t k, bool transpose_b, Rows& to) {
  const int64_t count = static_cast<int64_t>(tags.size());
  Rows a(count * k);
  for (int64_t t = 0; t < count; ++t) std::copy_n(from.data() + tags[t] * k, k, a.data() + t * k);
  const Rows c = product(a.data(), b.data(), count, n, k, transpose_b);
  for (int64_t t = 0; t < count; ++t) std::copy_n(c.data() + t * n, n, to.data() + tags[t] * n);
}

// Calls body(tag) for each tag in parallel; a call writes only values of its tag.
template <class Body>
void for_tags(const Tags& tags, const Body& body) {
#pragma omp parallel for schedule(static)
  for (size_t t = 0; t < tags.size(); ++t) body(tags[t]);
}

// The state of a minimisation: W, its gradient and steps, in the basis of the axes.
class Descent {
 public:
  // x and square [R,n]
  Descent(const HingeLoss& loss, const Rows& x, const Rows& square, int64_t n, int64_t tags, double c)
      : loss_(loss), x_(x), square_(square), n_(n), rows_(static_cast<int64_t>(x.size()) / n), tags_(tags), c_(c), live_(tags) {
    std::iota(live_.begin(), live_.end(), 0);
    for (Rows* by_axis : {&w_, &g_, &d_, &r_, &p_, &q_, &diagonal_}) by_axis->assign(tags * n, 0);
    for (Rows* by_picture : {&s_, &slope_, &bend_, &v_, &tried_}) by_picture->assign(tags * rows_, 0);
    value_ = losses(live_, s_, &slope_, &bend_);
  }

  void start_at(Rows w) {
    w_ = std::move(w);
    multiply(live_, w_, x_, rows_, n_, true, s_);
    value_ = losses(live_, s_, &slope_, &bend_);
  }

  const Rows& w() const { return w_; }

  // The square of the gradient's norm, for each live tag.
  std::vector<double> find_gradient() {
    multiply(live_, slope_, x_, n_, rows_, false, g_);
    for_values([&](int64_t i) { g_[i] = w_[i] + factor() * g_[i]; });
    return dots(live_, g_, g_);
  }

  // Removes the tags for which converged(tag) is true from the live ones.
  template <class Converged>
  void drop(const Converged& converged) {
    std::erase_if(live_, converged);
  }
  bool done() const { return live_.empty(); }

  // Solves (I + C H) d = -g.
  void find_direction() {
    multiply(live_, bend_, square_, n_, rows_, false, diagonal_);
    for_values([&](int64_t i) {
      diagonal_[i] = 1 + factor() * diagonal_[i];
      d_[i] = 0;
      r_[i] = -g_[i];
      p_[i] = q_[i] = r_[i] / diagonal_[i];
    });
    Tags open = live_;  // tags whose system is not solved yet
    std::vector<double> rest = dots(open, r_, q_);
    const std::vector<double> first = rest;
    for (int k = 0; k < kConjugateSteps; ++k) {
      std::erase_if(open, [&](int64_t tag) { return rest[tag] <= kInexact * kInexact * first[tag]; });
      if (open.empty()) return;
      multiply(open, p_, x_, rows_, n_, true, v_);
      loss_.curve(open, s_, v_);
      multiply(open, v_, x_, n_, rows_, false, q_);
      for_tags(open, [&](int64_t tag) {
        for (int64_t i = tag * n_; i < (tag + 1) * n_; ++i) q_[i] = p_[i] + factor() * q_[i];
      });
      const std::vector<double> along = dots(open, p_, q_), before = rest;
      for_tags(open, [&](int64_t tag) {
        const Real length = static_cast<Real>(before[tag] / along[tag]);
        for (int64_t i = tag * n_; i < (tag + 1) * n_; ++i) {
          d_[i] += length * p_[i];
          r_[i] -= length * q_[i];
          q_[i] = r_[i] / diagonal_[i];
        }
      });
      rest = dots(open, r_, q_);
      for_tags(open, [&](int64_t tag) {
        const Real kept = static_cast<Real>(rest[tag] / before[tag]);
        for (int64_t i = tag * n_; i < (tag + 1) * n_; ++i) p_[i] = q_[i] + kept * p_[i];
      });
    }
  }

  // w += length d; drops the tags that no length improves, which have reached the precision of floats.
  void step() {
    multiply(live_, d_, x_, rows_, n_, true, v_);
    const std::vector<double> wd = dots(live_, w_, d_), dd = dots(live_, d_, d_), gd = dots(live_, g_, d_);
    std::vector<double> length(tags_, 1);
    Tags searching = live_;
    for (int halving = 0; halving < kHingeHalvings && !searching.empty(); ++halving) {
      for_tags(searching, [&](int64_t tag) {
        const Real l = static_cast<Real>(length[tag]);
        for (int64_t i = tag * rows_; i < (tag + 1) * rows_; ++i) tried_[i] = s_[i] + l * v_[i];
      });
      const std::vector<double> there = losses(searching, tried_, nullptr, nullptr);
      std::erase_if(searching, [&](int64_t tag) {
        const double l = length[tag], change = l * wd[tag] + 0.5 * l * l * dd[tag] + c_ * (there[tag] - value_[tag]);
        return change <= 1e-4 * l * gd[tag];
      });
      for (int64_t tag : searching) length[tag] /= 2;
    }
    for (int64_t tag : searching) length[tag] = 0;
    drop([&](int64_t tag) { return length[tag] == 0; });
    for_tags(live_, [&](int64_t tag) {
      const Real l = static_cast<Real>(length[tag]);
      for (int64_t i = tag * n_; i < (tag + 1) * n_; ++i) w_[i] += l * d_[i];
      for (int64_t i = tag * rows_; i < (tag + 1) * rows_; ++i) s_[i] += l * v_[i];
    });
    value_ = losses(live_, s_, &slope_, &bend_);
  }

 private:
  Real factor() const { return static_cast<Real>(c_); }

  template <class Body>
  void for_values(const Body& body) {  // of the live tags
    for_tags(live_, [&](int64_t tag) {
      for (int64_t i = tag * n_; i < (tag + 1) * n_; ++i) body(i);
    });
  }

  // Each tag's own value, or the sum over all tags if they are not separable.
  std::vector<double> shared(std::vector<double> values) const {
    if (loss_.separable()) return values;
    return std::vector<double>(tags_, std::accumulate(values.begin(), values.end(), 0.0));
  }
  std::vector<double> dots(const Tags& tags, const Rows& a, const Rows& b) const {
    std::vector<double> sums(tags_, 0);
    for_tags(tags, [&](int64_t tag) {
      double sum = 0;
      for (int64_t i = tag * n_; i < (tag + 1) * n_; ++i) sum += double{a[i]} * b[i];
      sums[tag] = sum;
    });
    return shared(std::move(sums));
  }
  std::vector<double> losses(const Tags& tags, const Rows& s, Rows* slope, Rows* bend) const {
    return shared(loss_.at(tags, s, slope, bend));
  }

  const HingeLoss& loss_;
  const Rows &x_, &square_;
  int64_t n_, rows_, tags_;
  double c_;
  Tags live_;                              // tags that have not converged
  Rows w_, g_, d_, r_, p_, q_, diagonal_;  // [V,n]: the weights, gradient, step, and the vectors of conjugate gradients
  Rows s_, slope_, bend_, v_, tried_;  // [V,R]: the scores, the loss's derivatives, the change along a step, the scores after it
  std::vector<double> value_;          // [V], the loss
};

}  // namespace

HingeNewton::HingeNewton(const std::vector<Real>& x, int64_t columns, int64_t tags)
    : rows_(static_cast<int64_t>(x.size()) / columns),
      columns_(columns),
      tags_(tags),
      axes_(TL_ON_CPU(principal_axes(x, rows_, columns))),
      x_(product(x.data(), axes_.data(), rows_, columns, columns, true)),
      square_(x_.size()) {
  std::transform(x_.begin(), x_.end(), square_.begin(), [](Real value) { return value * value; });
}

std::vector<Real> HingeNewton::minimise(const HingeLoss& loss, double c, const std::vector<double>& tolerance,
                                        const std::vector<Real>& start) const {
  Descent descent(loss, x_, square_, columns_, tags_, c);
  const std::vector<double> first = descent.find_gradient();
  if (!start.empty()) descent.start_at(product(start.data(), axes_.data(), tags_, columns_, columns_, true));
  for (int step = 0; step < kHingeSteps; ++step) {
    const std::vector<double> now = descent.find_gradient();
    descent.drop([&](int64_t tag) { return now[tag] <= tolerance[tag] * tolerance[tag] * first[tag]; });
    if (descent.done()) break;
    descent.find_direction();
    descent.step();
  }
  return product(descent.w().data(), axes_.data(), tags_, columns_, columns_, false);
}

}  // namespace tagloom
