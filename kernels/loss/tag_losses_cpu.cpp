#include "kernels/loss/tag_losses.h"

#include <algorithm>
#include <cmath>
#include <vector>

#ifdef __AVX__
#include <immintrin.h>
#endif

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

// Clears the upper halves of the vector registers: the C library's log1p is SSE code and would stall on every instruction
// otherwise.
void end_vector_code() {
#ifdef __AVX__
  _mm256_zeroupper();
#endif
}

// L(r)
Real harmonic(int64_t rank) {
  Real sum = 0;
  for (int64_t i = rank; i > 0; --i) sum += Real(1) / static_cast<Real>(i);
  return sum;
}

// One picture of hinge_rank.
struct HingeRow {
  const HingeRankShape& shape;
  int64_t picture;
  const Real* x;
  const uint8_t* label;
  RandomKey key;

  Real hinge(int64_t p, int64_t n) const { return (Real(1) - x[p]) + x[n]; }

  int64_t drawn(int64_t p, int64_t j) const {
    const int64_t most = shape.kind == HingeRank::kSampledWarp ? shape.v - 1 : shape.most_pairs;
    return random_below(key, static_cast<uint64_t>((picture * shape.v + p) * most + j), static_cast<uint32_t>(shape.v));
  }

  // The tags of N_p with h > 0, with repetitions; returns w_p.
  Real violators(int64_t p, int64_t true_tags, std::vector<int64_t>& found) const {
    found.clear();
    if (shape.kind == HingeRank::kPairs || shape.kind == HingeRank::kWarp) {
      for (int64_t n = 0; n < shape.v; ++n) {
        if (!label[n] && hinge(p, n) > 0) found.push_back(n);
      }
      const auto rank = static_cast<int64_t>(found.size());
      return shape.kind == HingeRank::kPairs || rank == 0 ? Real(1) : harmonic(rank) / static_cast<Real>(rank);
    }
    const bool warp = shape.kind == HingeRank::kSampledWarp;
    const int64_t draws = warp ? shape.v - 1 : std::max<int64_t>(1, shape.most_pairs / true_tags);
    int64_t others = 0;
    for (int64_t j = 0; j < draws; ++j) {
      const int64_t n = drawn(p, j);
      if (label[n]) continue;
      ++others;
      if (hinge(p, n) <= 0) continue;
      found.push_back(n);
      if (warp) return harmonic((shape.v - 1) / others);
    }
    return 1;
  }
};

}  // namespace

void focal_bce(Queue&, const FocalBceShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss,
               Real* dlogits) {
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    end_vector_code();
    Real sum = 0;
    for (int64_t i = n * shape.v; i < (n + 1) * shape.v; ++i) {
      const FocalBceTerm term = focal_bce_term(shape, logits[i], labels[i] != 0);
      sum += term.loss;
      if (dlogits) dlogits[i] = scale * term.gradient;
    }
    loss[n] = scale * sum;
  }
}

void lsep(Queue&, const LsepShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss, Real* dlogits) {
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    const Real* x = logits + n * shape.v;
    const uint8_t* label = labels + n * shape.v;
    Real* dx = dlogits ? dlogits + n * shape.v : nullptr;
    // For the true tags (1), negated, and for the others (0): the largest score, and the sum of exponentials relative to it.
    Real max[2] = {-INFINITY, -INFINITY}, sum[2] = {0, 0};
    const auto side = [&](int64_t v) { return label[v] ? 1 : 0; };
    const auto signed_score = [&](int64_t v) { return label[v] ? -x[v] : x[v]; };
    for (int64_t v = 0; v < shape.v; ++v) max[side(v)] = std::max(max[side(v)], signed_score(v));
    for (int64_t v = 0; v < shape.v; ++v) sum[side(v)] += std::exp(signed_score(v) - max[side(v)]);
    if (sum[0] == 0 || sum[1] == 0) {
      loss[n] = 0;
      if (dx) std::fill(dx, dx + shape.v, Real(0));
      continue;
    }
    const Real s = max[0] + max[1] + std::log(sum[0]) + std::log(sum[1]);
    const Real e = std::exp(-std::abs(s));
    loss[n] = scale * (std::max(s, Real(0)) + std::log1p(e));
    if (!dx) continue;
    const Real share = scale * (s >= 0 ? Real(1) : e) / (Real(1) + e);
    for (int64_t v = 0; v < shape.v; ++v) {
      const Real part = share * std::exp(signed_score(v) - max[side(v)]) / sum[side(v)];
      dx[v] = label[v] ? -part : part;
    }
  }
}

void hinge_rank(Queue&, const HingeRankShape& shape, const Real* logits, const uint8_t* labels, const OpKey& op_key, Real scale,
                Real* loss, Real* dlogits) {
  TL_CHECK(shape.most_pairs >= 1, "[hinge_rank] most_pairs must be at least 1, got {}", shape.most_pairs);
  const RandomKey key = op_key.of_step();
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < shape.n; ++i) {
    const HingeRow row{shape, i, logits + i * shape.v, labels + i * shape.v, key};
    Real* dx = dlogits ? dlogits + i * shape.v : nullptr;
    if (dx) std::fill(dx, dx + shape.v, Real(0));
    const int64_t true_tags = std::count_if(row.label, row.label + shape.v, [](uint8_t y) { return y != 0; });
    Real total = 0;
    std::vector<int64_t> found;
    for (int64_t p = 0; p < shape.v; ++p) {
      if (!row.label[p]) continue;
      const Real weight = row.violators(p, true_tags, found);
      Real sum = 0;
      for (int64_t n : found) sum += row.hinge(p, n);
      total += weight * sum;
      if (!dx) continue;
      for (int64_t n : found) dx[n] += scale * weight;
      dx[p] = -scale * weight * static_cast<Real>(found.size());
    }
    loss[i] = scale * total;
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
