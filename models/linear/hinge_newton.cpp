#include "models/linear/hinge_newton.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/math/gemm.h"
#include "models/fitting/decompositions.h"

namespace tagloom {
namespace {

constexpr int kHingeSteps = 100, kConjugateSteps = 100, kHingeHalvings = 30;
constexpr double kInexact = 0.5;  // of the gradient may remain in a step's linear system

using Rows = std::vector<Real>;  // a row a tag
using Tags = std::vector<int64_t>;

// a [m,k] b [k,n], or b [n,k] transposed
Rows product(const Real* a, const Real* b, int64_t m, int64_t n, int64_t k, bool transpose_b) {
  Rows c(m * n);
  kernels::Queue cpu;
  kernels::cpu::gemm(cpu, kernels::GemmShape{m, n, k, false, transpose_b}, a, b, static_cast<const Real*>(nullptr), c.data(),
                     kernels::Into::kOverwrite);
  return c;
}

// The rows of `tags` of `to` <- those of `from` [V,k] times b [k,n], or b [n,k] transposed.
void multiply(const Tags& tags, const Rows& from, const Rows& b, int64_t n, int64_t k, bool transpose_b, Rows& to) {
  const int64_t count = static_cast<int64_t>(tags.size());
  Rows a(count * k);
  for (int64_t t = 0; t < count; ++t) std::copy_n(from.data() + tags[t] * k, k, a.data() + t * k);
  const Rows c = product(a.data(), b.data(), count, n, k, transpose_b);
  for (int64_t t = 0; t < count; ++t) std::copy_n(c.data() + t * n, n, to.data() + tags[t] * n);
}

// Calls body(tag) for each; what it writes belongs to that tag.
template <class Body>
void for_tags(const Tags& tags, const Body& body) {
#pragma omp parallel for schedule(static)
  for (size_t t = 0; t < tags.size(); ++t) body(tags[t]);
}

}  // namespace

HingeNewton::HingeNewton(const std::vector<Real>& x, int64_t columns, int64_t tags)
    : rows_(static_cast<int64_t>(x.size()) / columns),
      columns_(columns),
      tags_(tags),
      axes_(principal_axes(x, rows_, columns)),
      x_(product(x.data(), axes_.data(), rows_, columns, columns, true)),
      square_(x_.size()) {
  std::transform(x_.begin(), x_.end(), square_.begin(), [](Real value) { return value * value; });
}

std::vector<Real> HingeNewton::minimise(const HingeLoss& loss, double c, const std::vector<double>& tolerance,
                                        const std::vector<Real>& start) const {
  const int64_t n = columns_;
  const Real factor = static_cast<Real>(c);
  Tags live(tags_);  // those that are not there yet
  std::iota(live.begin(), live.end(), 0);
  Rows w(tags_ * n, 0), s(tags_ * rows_, 0), slope(s), bend(s), v(s), tried(s), g(w), d(w), r(w), p(w), q(w), diagonal(w);

  // of_tag(row of a, row of b) summed, for each tag, or over all of them where these are not separable.
  const auto shared = [&](std::vector<double> values) {
    if (loss.separable()) return values;
    double sum = 0;
    for (double value : values) sum += value;
    return std::vector<double>(tags_, sum);
  };
  const auto dots = [&](const Tags& tags, const Rows& a, const Rows& b) {
    std::vector<double> sums(tags_, 0);
    for_tags(tags, [&](int64_t tag) {
      for (int64_t i = tag * n; i < (tag + 1) * n; ++i) sums[tag] += double{a[i]} * b[i];
    });
    return shared(std::move(sums));
  };
  const auto losses = [&](const Tags& tags, const Rows& at, Rows* by_s, Rows* twice) {
    return shared(loss.at(tags, at, by_s, twice));
  };
  const auto gradient = [&] {  // of the live tags, at w
    multiply(live, slope, x_, n, rows_, false, g);
    for_tags(live, [&](int64_t tag) {
      for (int64_t i = tag * n; i < (tag + 1) * n; ++i) g[i] = w[i] + factor * g[i];
    });
  };

  losses(live, s, &slope, &bend);
  gradient();
  std::vector<double> limit = dots(live, g, g);  // of the gradient's square
  for (int64_t tag = 0; tag < tags_; ++tag) limit[tag] *= tolerance[tag] * tolerance[tag];
  if (!start.empty()) {
    multiply(live, start, axes_, n, n, true, w);
    multiply(live, w, x_, rows_, n, true, s);
  }
  std::vector<double> value = losses(live, s, &slope, &bend);
  const auto drop = [&](const auto& there) { std::erase_if(live, there); };
  for (int step = 0; step < kHingeSteps; ++step) {
    gradient();
    const std::vector<double> norm = dots(live, g, g);
    drop([&](int64_t tag) { return norm[tag] <= limit[tag]; });
    if (live.empty()) break;
    multiply(live, bend, square_, n, rows_, false, diagonal);
    for_tags(live, [&](int64_t tag) {
      for (int64_t i = tag * n; i < (tag + 1) * n; ++i) {
        diagonal[i] = 1 + factor * diagonal[i];
        d[i] = 0;
        r[i] = -g[i];
        p[i] = q[i] = r[i] / diagonal[i];
      }
    });
    Tags open = live;  // those whose system is not solved yet
    std::vector<double> rest = dots(open, r, q);
    const std::vector<double> first = rest;
    for (int k = 0; k < kConjugateSteps; ++k) {
      std::erase_if(open, [&](int64_t tag) { return rest[tag] <= kInexact * kInexact * first[tag]; });
      if (open.empty()) break;
      multiply(open, p, x_, rows_, n, true, v);
      loss.curve(open, s, v);
      multiply(open, v, x_, n, rows_, false, q);
      for_tags(open, [&](int64_t tag) {
        for (int64_t i = tag * n; i < (tag + 1) * n; ++i) q[i] = p[i] + factor * q[i];
      });
      const std::vector<double> along = dots(open, p, q), before = rest;
      for_tags(open, [&](int64_t tag) {
        const Real length = static_cast<Real>(before[tag] / along[tag]);
        for (int64_t i = tag * n; i < (tag + 1) * n; ++i) {
          d[i] += length * p[i];
          r[i] -= length * q[i];
          q[i] = r[i] / diagonal[i];
        }
      });
      rest = dots(open, r, q);
      for_tags(open, [&](int64_t tag) {
        const Real factor_of_p = static_cast<Real>(rest[tag] / before[tag]);
        for (int64_t i = tag * n; i < (tag + 1) * n; ++i) p[i] = q[i] + factor_of_p * p[i];
      });
    }
    // w + length d
    multiply(live, d, x_, rows_, n, true, v);
    const std::vector<double> ww = dots(live, w, w), wd = dots(live, w, d), dd = dots(live, d, d), gd = dots(live, g, d);
    std::vector<double> length(tags_, 1);
    Tags searching = live;
    for (int halving = 0; halving < kHingeHalvings && !searching.empty(); ++halving) {
      for_tags(searching, [&](int64_t tag) {
        const Real l = static_cast<Real>(length[tag]);
        for (int64_t i = tag * rows_; i < (tag + 1) * rows_; ++i) tried[i] = s[i] + l * v[i];
      });
      const std::vector<double> there = losses(searching, tried, nullptr, nullptr);
      std::erase_if(searching, [&](int64_t tag) {
        const double l = length[tag];
        const double change = l * wd[tag] + 0.5 * l * l * dd[tag] + c * (there[tag] - value[tag]);
        return change <= 1e-4 * l * gd[tag];
      });
      for (int64_t tag : searching) length[tag] /= 2;
    }
    for (int64_t tag : searching) length[tag] = 0;  // floats cannot do better
    drop([&](int64_t tag) { return length[tag] == 0; });
    for_tags(live, [&](int64_t tag) {
      const Real l = static_cast<Real>(length[tag]);
      for (int64_t i = tag * n; i < (tag + 1) * n; ++i) w[i] += l * d[i];
      for (int64_t i = tag * rows_; i < (tag + 1) * rows_; ++i) s[i] += l * v[i];
    });
    value = losses(live, s, &slope, &bend);
  }
  return product(w.data(), axes_.data(), tags_, n, n, false);
}

}  // namespace tagloom
