#pragma once
// Losses for a set of tags, over logits [n, v] and labels [n, v] that are 0 or 1. Each writes loss [n] and its gradient in one
// call.
#include <cmath>

#include "kernels/base/host_device.h"
#include "kernels/base/philox.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

// Binary cross-entropy of every tag with options for few positives among many negatives: focusing on hard tags, a margin below
// which negatives are ignored, weighted positives, smoothed targets.
//
// With p = sigmoid(x), m the margin, p_m = max(p - m, 0) and l(u) = log(max(u, epsilon)):
//
//   loss+ = -w (1 - p)^gamma+ l(p)          loss- = -p_m^gamma- l(1 - p_m)
//   loss[n] = scale * sum_v  y' loss+ + (1 - y') loss-       y' = y (1 - s) + s / 2, s the smoothing
//
//   gamma+ = gamma- = m = epsilon = 0       binary cross-entropy; w is PyTorch's pos_weight
//   gamma+ = gamma- = 2, m = epsilon = 0    focal loss without its alpha (Lin et al. 2017, Eq. 4)
//   gamma+ < gamma-, epsilon = 1e-8         asymmetric loss (Ridnik et al. 2021, Eqs. 4-7)
//
// The gradient includes the focusing factors.
struct FocalBceShape {
  int64_t n, v;  // pictures, tags
  Real gamma_positive = 0, gamma_negative = 0;
  Real margin = 0;           // in [0, 1)
  Real epsilon = 0;          // in [0, 1); 0 disables the clamp
  Real positive_weight = 1;  // w
  Real smoothing = 0;        // s, in [0, 1]
};

struct FocalBceTerm {
  Real loss, gradient;
};

// One tag's loss and its derivative with respect to x, without the scale.
//   d loss+ / dx = w (1 - p)^gamma+ (gamma+ p l(p) - (1 - p))             without the term (1 - p) if p < epsilon
//   d loss- / dx = p_m^gamma- p (1 - p) (1 / (1 - p_m) - gamma- l(1 - p_m) / p_m)   without 1 / (1 - p_m) if 1 - p_m < epsilon
TL_HOST_DEVICE inline FocalBceTerm focal_bce_term(const FocalBceShape& s, Real x, bool label) {
  const Real e = std::exp(-std::abs(x));
  const Real p = (x >= 0 ? Real(1) : e) / (Real(1) + e), q = (x >= 0 ? e : Real(1)) / (Real(1) + e);
  const Real rest = std::log1p(e), log_p = (x < 0 ? x : Real(0)) - rest, log_q = (x > 0 ? -x : Real(0)) - rest;
  const Real floor = s.epsilon > 0 ? std::log(s.epsilon) : Real(-INFINITY);
  const Real y = s.smoothing > 0 ? (label ? Real(1) - s.smoothing / 2 : s.smoothing / 2) : (label ? Real(1) : Real(0));
  FocalBceTerm term{0, 0};
  if (y > 0) {
    const Real weight = y * s.positive_weight * (s.gamma_positive > 0 ? std::pow(q, s.gamma_positive) : Real(1));
    const bool clamped = log_p < floor;
    const Real logarithm = clamped ? floor : log_p;
    term.loss -= weight * logarithm;
    term.gradient += weight * (s.gamma_positive * p * logarithm - (clamped ? Real(0) : q));
  }
  const Real p_m = p - s.margin;
  if (y < 1 && p_m > 0) {
    const Real weight = (Real(1) - y) * (s.gamma_negative > 0 ? std::pow(p_m, s.gamma_negative) : Real(1));
    Real logarithm = s.margin > 0 ? std::log1p(-p_m) : log_q;
    const bool clamped = logarithm < floor;
    if (clamped) logarithm = floor;
    term.loss -= weight * logarithm;
    if (s.margin > 0) {
      term.gradient += weight * p * q * ((clamped ? Real(0) : Real(1) / (Real(1) - p_m)) - s.gamma_negative * logarithm / p_m);
    } else {  // p_m = p: simplified, to avoid a division by 0
      term.gradient += weight * ((clamped ? Real(0) : p) - s.gamma_negative * q * logarithm);
    }
  }
  return term;
}

// logits [n, v]; labels [n, v], 0 or 1; loss [n]. dlogits [n, v] may be logits itself, or null.
TL_TWINS(focal_bce, Queue& q, const FocalBceShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss,
         Real* dlogits)

// Log-sum-exp pairwise loss (Li, Song and Luo 2017, Eqs. 4-6): every true tag should score above every other tag. Over all pairs,
// in closed form, because the sum over pairs of exponentials is a product of two sums.
//
//   loss = scale * log(1 + sum_p sum_n exp(x_n - x_p))       p over the true tags, n over the others
//        = scale * log(1 + exp(s)),   s = log sum_n exp(x_n) + log sum_p exp(-x_p)
//   dx_n =  scale * sigmoid(s) softmax_n(x)       over the others
//   dx_p = -scale * sigmoid(s) softmax_p(-x)      over the true tags
//
// Each sum of exponentials is scaled by its largest term, so no score overflows. A picture with no tags, or with all of them, has
// no pairs: its loss and gradient are 0.
struct LsepShape {
  int64_t n, v;  // pictures, tags
};

// logits [n, v]; labels [n, v], 0 or 1; loss [n]. dlogits [n, v] may be logits itself, or null.
TL_TWINS(lsep, Queue& q, const LsepShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss, Real* dlogits)

// Hinge ranking losses: a true tag p should score above any other tag n by at least 1. Pairwise ranking and WARP are the same sum
// with different weights, over all pairs or over sampled ones.
//
//   loss  = scale * sum_p w_p sum_{n in N_p} h(p, n)         h(p, n) = max(0, 1 - x_p + x_n)
//   dx_n += scale * w_p,  dx_p -= scale * w_p                for each n in N_p with h > 0
//
//   kPairs          N_p: all other tags; w_p = 1                          (Gong et al. 2014, Eq. 3)
//   kSampledPairs   N_p: draws, at most most_pairs over all p; w_p = 1
//   kWarp           N_p: all other tags; w_p = L(r) / r, where r of them have h > 0      (Usunier et al. 2009)
//   kSampledWarp    N_p: the first drawn tag with h > 0, the s-th that is not a true tag; w_p = L(floor((v - 1) / s))
//                   (WSABIE, Weston et al. 2011)
//
// L(r) = 1 + 1/2 + ... + 1/r. Draws are uniform over all v tags; drawn true tags are skipped. kSampledPairs draws
// max(1, most_pairs / true tags) times for each p, kSampledWarp at most v - 1 times. Draw j of tag p of picture i is
// random_below(key.of_step(), (i v + p) d + j, v), where d is the limit of draws per tag: v - 1, or most_pairs.
enum class HingeRank { kPairs, kSampledPairs, kWarp, kSampledWarp };

struct HingeRankShape {
  int64_t n, v;  // pictures, tags
  HingeRank kind = HingeRank::kPairs;
  int64_t most_pairs = 1000;
};

// logits [n, v]; labels [n, v], 0 or 1; loss [n]. dlogits [n, v] may be null, but not logits itself.
TL_TWINS(hinge_rank, Queue& q, const HingeRankShape& shape, const Real* logits, const uint8_t* labels, const OpKey& key,
         Real scale, Real* loss, Real* dlogits)

}  // namespace tagloom::kernels
