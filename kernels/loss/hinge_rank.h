#pragma once
// Ranking losses made of hinges: a true tag p should score above any other tag n by 1. Pairwise ranking and WARP are one sum
// with two weightings, over all pairs or over drawn ones; the loss and its gradient in one call.
//
//   loss  = scale * sum_p w_p sum_{n in N_p} h(p, n)         h(p, n) = max(0, 1 - x_p + x_n)
//   dx_n += scale * w_p,  dx_p -= scale * w_p                for each n in N_p with h > 0
//
//   kPairs          N_p: all other tags; w_p = 1                          (Gong et al. 2014, Eq. 3)
//   kSampledPairs   N_p: draws, at most most_pairs for all p together; w_p = 1
//   kWarp           N_p: all other tags; w_p = L(r) / r, r how many of them have h > 0      (Usunier et al. 2009)
//   kSampledWarp    N_p: the first drawn tag with h > 0, the s-th that was no true tag; w_p = L(floor((v - 1) / s))
//                   (WSABIE, Weston et al. 2011)
//
// L(r) = 1 + 1/2 + ... + 1/r. A draw is a tag, uniformly of all v; a drawn true tag is passed over. kSampledPairs draws
// max(1, most_pairs / true tags) times for each p, kSampledWarp at most v - 1 times; draw j of tag p of picture i is
// random_below(key.of_step(), (i v + p) d + j, v), d the most draws of a tag: v - 1, or most_pairs.
#include "kernels/base/philox.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

enum class HingeRank { kPairs, kSampledPairs, kWarp, kSampledWarp };

struct HingeRankShape {
  int64_t n, v;  // pictures, tags
  HingeRank kind = HingeRank::kPairs;
  int64_t most_pairs = 1000;
};

// logits [n, v]; labels [n, v], 0 or 1; loss [n]. dlogits [n, v] is not logits, or null: the loss only.
TL_TWINS(hinge_rank, Queue& q, const HingeRankShape& shape, const Real* logits, const uint8_t* labels, const OpKey& key,
         Real scale, Real* loss, Real* dlogits)

}  // namespace tagloom::kernels
