#pragma once
// Cases of the losses in tag_losses.h at difficult vocabulary sizes: pictures with no tags and with all tags, every form, in
// place if allowed.
#include <algorithm>

#include "kernels/loss/tag_losses.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<std::pair<int64_t, int64_t>>& tag_loss_sizes() {  // pictures, tags
  static const std::vector<std::pair<int64_t, int64_t>> sizes{{0, 7},   {1, 1},   {5, 3},    {4, 31},  {3, 33},
                                                              {3, 257}, {3, 513}, {2, 1025}, {32, 260}};
  return sizes;
}

// With three or more pictures the first has no tags, and the second has all tags of a short vocabulary.
inline std::vector<uint8_t> tag_loss_labels(int64_t n, int64_t v, uint64_t seed) {
  std::vector<uint8_t> labels = flag_array(n * v, seed, v < 10 ? 0.5 : 0.03);
  if (n > 2) std::fill_n(labels.begin(), v, uint8_t{0});
  if (n > 2 && v < 100) std::fill_n(labels.begin() + v, v, uint8_t{1});
  return labels;
}

inline OpCase focal_bce_case(kernels::FocalBceShape shape, bool in_place, uint64_t seed) {
  const double count = static_cast<double>(shape.n) * shape.v;
  return {
      case_name("focal_bce", {{"n", shape.n},
                              {"v", shape.v},
                              {"gamma_negative", int64_t(shape.gamma_negative)},
                              {"in_place", in_place},
                              {"seed", seed}}),
      {1e-6, 2e-5},
      9 * count,
      40 * count,
      [=](OpRun& op) -> std::function<void()> {
        const std::vector<Real> x = normal_array(shape.n * shape.v, seed, 4);
        const uint8_t* labels = op.input(tag_loss_labels(shape.n, shape.v, seed));
        Real* loss = op.output<Real>("loss", {shape.n});
        Real* dlogits = in_place ? op.in_out("dlogits", {shape.n, shape.v}, x) : op.output<Real>("dlogits", {shape.n, shape.v});
        const Real* logits = in_place ? dlogits : op.input(x);
        return [=, &q = op.queue()] { TL_ON(q, focal_bce(q, shape, logits, labels, Real(0.25), loss, dlogits)); };
      }};
}

inline std::vector<OpCase> focal_bce_cases() {
  std::vector<OpCase> cases;
  for (const auto& [n, v] : tag_loss_sizes()) {
    cases.push_back(focal_bce_case({n, v, 0, 0, 0, 0, 3, Real(0.1)}, true, 7));
    cases.push_back(focal_bce_case({n, v, 2, 2}, false, 8));
    cases.push_back(focal_bce_case({n, v, 0, 4, Real(0.05), Real(1e-8)}, v % 2 == 0, 9));
  }
  return cases;
}

inline OpCase lsep_case(int64_t n, int64_t v, double offset, bool in_place, uint64_t seed) {
  const double count = static_cast<double>(n) * v;
  return {case_name("lsep", {{"n", n}, {"v", v}, {"offset", int64_t(offset)}, {"in_place", in_place}, {"seed", seed}}),
          {offset == 0 ? 1e-6 : 1e-4, 1e-5},
          9 * count,
          12 * count,
          [=](OpRun& op) -> std::function<void()> {
            std::vector<Real> x = normal_array(n * v, seed, 3);
            for (Real& value : x) value += static_cast<Real>(offset);
            const uint8_t* labels = op.input(tag_loss_labels(n, v, seed));
            Real* loss = op.output<Real>("loss", {n});
            Real* dlogits = in_place ? op.in_out("dlogits", {n, v}, x) : op.output<Real>("dlogits", {n, v});
            const Real* logits = in_place ? dlogits : op.input(x);
            return [=, &q = op.queue()] {
              TL_ON(q, lsep(q, kernels::LsepShape{n, v}, logits, labels, Real(0.25), loss, dlogits));
            };
          }};
}

inline std::vector<OpCase> lsep_cases() {
  std::vector<OpCase> cases;
  for (const auto& [n, v] : tag_loss_sizes()) {
    cases.push_back(lsep_case(n, v, 0, false, 7));
    cases.push_back(lsep_case(n, v, 0, true, 8));
  }
  cases.push_back(lsep_case(7, 260, 1000, true, 9));
  return cases;
}

inline OpCase hinge_rank_case(kernels::HingeRankShape shape, uint64_t seed) {
  const double count = static_cast<double>(shape.n) * shape.v;
  return {case_name(
              "hinge_rank",
              {{"n", shape.n}, {"v", shape.v}, {"kind", int64_t(shape.kind)}, {"most_pairs", shape.most_pairs}, {"seed", seed}}),
          {1e-5, 1e-5},
          9 * count,
          0,
          [=](OpRun& op) -> std::function<void()> {
            const Real* logits = op.input(normal_array(shape.n * shape.v, seed, 1));
            const uint8_t* labels = op.input(tag_loss_labels(shape.n, shape.v, seed));
            Real* loss = op.output<Real>("loss", {shape.n});
            Real* dlogits = op.output<Real>("dlogits", {shape.n, shape.v});
            return [=, &q = op.queue()] {
              TL_ON(q, hinge_rank(q, shape, logits, labels, RandomKey{seed, 5}, Real(0.25), loss, dlogits));
            };
          }};
}

inline std::vector<OpCase> hinge_rank_cases() {
  using kernels::HingeRank;
  std::vector<OpCase> cases;
  for (const auto& [n, v] : tag_loss_sizes()) {
    for (HingeRank kind : {HingeRank::kPairs, HingeRank::kSampledPairs, HingeRank::kWarp, HingeRank::kSampledWarp}) {
      cases.push_back(hinge_rank_case({n, v, kind}, 7));
    }
  }
  cases.push_back(hinge_rank_case({3, 33, HingeRank::kSampledPairs, 1}, 8));
  return cases;
}

}  // namespace tagloom::test
