#pragma once
// Linear maps learnt from rows by decompositions of their covariances, in double unless noted.
//
//   C_xx = sum (x - mean)(x - mean)^T / R + r I,   r = ridge trace(C_xx) / F;   C_yy the same for y;   C_xy without r
//   whitening             P = L^-1,  L L^T = C_xx
//   canonical directions  L_x^-1 C_xy L_y^-T = U S V^T,  P = S^power U^T L_x^-1, the rows with the largest correlations S first
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/base/twins.h"

namespace tagloom::kernels {  // for TL_ON_CPU

struct Projected {
  std::vector<Real> projection;      // P [D,F]
  std::vector<Real> offset;          // -P mean [D]
  std::vector<double> correlations;  // of canonical_directions()
};

// x [R,F]; ridge must be above 0 unless R is larger than F. Throws Error(kNumeric) if a covariance is singular.
TL_CPU_FUNCTION(Projected, whitening, std::span<const Real> x, int64_t rows, int64_t features, double ridge)

// x [R,F], y [R,E] -> D = dimensions, at most min(F, E).
TL_CPU_FUNCTION(Projected, canonical_directions, std::span<const Real> x, std::span<const double> y, int64_t rows,
                int64_t features, int64_t others, int64_t dimensions, double ridge, double power)

// The eigenvectors of X^T X for x [R,F], in ascending order of their eigenvalues: [F,F], one per row. In Real, so orthonormal to
// that precision.
TL_CPU_FUNCTION(std::vector<Real>, principal_axes, std::span<const Real> x, int64_t rows, int64_t features)

// A vector [E] for each of V tags from their co-occurrence: with n(a,b) the pictures that have both tags, n(a) those that have a,
//   PPMI(a,b) = max(0, log(n(a,b) R / (n(a) n(b)))) = Q diag(l) Q^T,  vectors = Q sqrt|l| of the E largest |l|
TL_CPU_FUNCTION(std::vector<double>, ppmi_vectors, const std::vector<std::vector<int32_t>>& tags, int64_t tag_count,
                int64_t dimensions)

}  // namespace tagloom::kernels
