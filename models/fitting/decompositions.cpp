// Decompositions by Eigen; no other file includes it.
#include "models/fitting/decompositions.h"

#ifdef TAGLOOM_COMPILE_V4
#define Eigen Eigen_v4  // both versions of its templates are in the program
#endif
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/base/error.h"

namespace tagloom::kernels::TL_CPU {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Subtracts the mean from the rows of x and returns it.
Vector centre(Matrix& x) {
  Vector mean = x.colwise().mean();
  x.rowwise() -= mean.transpose();
  return mean;
}

// The Cholesky factor L of the covariance of centred rows, with its ridge.
Eigen::LLT<Matrix> factor_of_covariance(const Matrix& centred, double ridge) {
  Matrix covariance = Matrix::Zero(centred.cols(), centred.cols());
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose(), 1.0 / static_cast<double>(centred.rows()));
  covariance.diagonal().array() += ridge * covariance.trace() / static_cast<double>(covariance.rows());
  Eigen::LLT<Matrix> factor(covariance);
  TL_CHECK_AS(ErrorKind::kNumeric, factor.info() == Eigen::Success,
              "[fit] the covariance of {} values in {} pictures is singular: raise fit.ridge", centred.cols(), centred.rows());
  return factor;
}

Projected as_projection(const Matrix& p, const Vector& mean) {
  Projected result;
  const RowMajor<Real> rows = p.cast<Real>();
  const Vector offset = -(p * mean);
  result.projection.assign(rows.data(), rows.data() + rows.size());
  result.offset.assign(offset.data(), offset.data() + offset.size());
  return result;
}

}  // namespace

Projected whitening(std::span<const Real> x, int64_t rows, int64_t features, double ridge) {
  Matrix centred = Eigen::Map<const RowMajor<Real>>(x.data(), rows, features).cast<double>();
  const Vector mean = centre(centred);
  const Eigen::LLT<Matrix> factor = factor_of_covariance(centred, ridge);
  return as_projection(factor.matrixL().solve(Matrix::Identity(features, features)), mean);
}

Projected canonical_directions(std::span<const Real> x, std::span<const double> y, int64_t rows, int64_t features, int64_t others,
                               int64_t dimensions, double ridge, double power) {
  Matrix left = Eigen::Map<const RowMajor<Real>>(x.data(), rows, features).cast<double>();
  Matrix right = Eigen::Map<const RowMajor<double>>(y.data(), rows, others);
  const Vector mean = centre(left);
  centre(right);
  const Eigen::LLT<Matrix> left_factor = factor_of_covariance(left, ridge), right_factor = factor_of_covariance(right, ridge);
  Matrix m = left.transpose() * right / static_cast<double>(rows);       // C_xy [F,E]
  left_factor.matrixL().solveInPlace(m);                                 // L_x^-1 C_xy
  m = right_factor.matrixL().solve(Matrix(m.transpose())).transpose();   // ... L_y^-T
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(m.transpose() * m);  // V S^2 V^T, ascending
  TL_CHECK_AS(ErrorKind::kNumeric, eigen.info() == Eigen::Success, "[fit] the eigenvalues of {} correlations did not converge",
              others);
  Matrix directions(features, dimensions);
  std::vector<double> correlations;
  for (int64_t d = 0; d < dimensions; ++d) {
    const int64_t place = others - 1 - d;
    const double s = std::sqrt(std::max(0.0, eigen.eigenvalues()[place]));
    const Vector u = m * eigen.eigenvectors().col(place);
    directions.col(d) = s > 1e-9 ? Vector(u * (std::pow(s, power) / s)) : Vector(Vector::Zero(features));
    correlations.push_back(s);
  }
  left_factor.matrixU().solveInPlace(directions);  // L_x^-T U S^power
  Projected result = as_projection(directions.transpose(), mean);
  result.correlations = std::move(correlations);
  return result;
}

std::vector<Real> principal_axes(std::span<const Real> x, int64_t rows, int64_t features) {
  using Plain = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
  const Eigen::Map<const RowMajor<Real>> wide(x.data(), rows, features);
  Plain gram = Plain::Zero(features, features);
  gram.selfadjointView<Eigen::Lower>().rankUpdate(wide.transpose());
  const Eigen::SelfAdjointEigenSolver<Plain> eigen(gram);
  TL_CHECK_AS(ErrorKind::kNumeric, eigen.info() == Eigen::Success, "[fit] the principal axes of {} values did not converge",
              features);
  const Plain& axes = eigen.eigenvectors();  // one per column, so one per row in row-major order
  return {axes.data(), axes.data() + axes.size()};
}

std::vector<double> ppmi_vectors(const std::vector<std::vector<int32_t>>& tags, int64_t tag_count, int64_t dimensions) {
  Matrix together = Matrix::Zero(tag_count, tag_count);
  for (const std::vector<int32_t>& of_picture : tags) {
    for (int32_t a : of_picture) {
      for (int32_t b : of_picture) together(a, b) += 1;
    }
  }
  const Vector counts = together.diagonal();
  const double pictures = static_cast<double>(tags.size());
  for (int64_t a = 0; a < tag_count; ++a) {
    for (int64_t b = 0; b < tag_count; ++b) {
      if (together(a, b) > 0) together(a, b) = std::max(0.0, std::log(together(a, b) * pictures / (counts[a] * counts[b])));
    }
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(together);
  TL_CHECK_AS(ErrorKind::kNumeric, eigen.info() == Eigen::Success,
              "[fit] the eigenvalues of the co-occurrence of {} tags did not converge", tag_count);
  std::vector<int64_t> order(tag_count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return std::abs(eigen.eigenvalues()[a]) > std::abs(eigen.eigenvalues()[b]); });
  std::vector<double> vectors(tag_count * dimensions);
  for (int64_t d = 0; d < dimensions; ++d) {
    const double factor = std::sqrt(std::abs(eigen.eigenvalues()[order[d]]));
    for (int64_t tag = 0; tag < tag_count; ++tag) vectors[tag * dimensions + d] = factor * eigen.eigenvectors()(tag, order[d]);
  }
  return vectors;
}

}  // namespace tagloom::kernels::TL_CPU
