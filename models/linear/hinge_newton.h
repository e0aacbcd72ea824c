#pragma once
// Newton's method that fits the linear functions of all tags at once, under squared-hinge losses of their scores:
//   minimise 1/2 |W|^2 + C loss(S),   S = W X^T [V,R]: a tag's scores of the R pictures, b in W and a column of ones in X
//
// A step solves (I + C H) d = -gradient by conjugate gradients, H the generalised Hessian, whose product with d for all tags is
// two matrix products. It works along the eigenvectors of X^T X: in that basis the Hessian is diagonal if the loss is active for
// every picture, and otherwise close enough for its diagonal to precondition well. Armijo's rule shortens the step.
#include <cstdint>
#include <vector>

#include "kernels/base/build_config.h"

namespace tagloom {

class HingeLoss {
 public:
  virtual ~HingeLoss() = default;

  // Whether a tag's loss depends on its own scores only; each tag is then minimised separately and left out once it has
  // converged.
  virtual bool separable() const = 0;
  // The losses [V] of `tags` at their rows of s [V,R]; if not separable, the loss of all tags in element 0. If not null, `slope`
  // receives the derivative by s and `bend` the diagonal of the second derivative, in the same rows.
  virtual std::vector<double> at(const std::vector<int64_t>& tags, const std::vector<Real>& s, std::vector<Real>* slope,
                                 std::vector<Real>* bend) const = 0;
  // v <- the second derivative at s times v, in the rows of `tags`.
  virtual void curve(const std::vector<int64_t>& tags, const std::vector<Real>& s, std::vector<Real>& v) const = 0;
};

class HingeNewton {
 public:
  HingeNewton(const std::vector<Real>& x, int64_t columns, int64_t tags);  // x [R,columns]

  // Returns W [V,columns], starting from `start` unless it is empty. A tag (or all tags together if not separable) has converged
  // when the norm of its gradient has fallen to `tolerance` [V] times that at W = 0.
  std::vector<Real> minimise(const HingeLoss& loss, double c, const std::vector<double>& tolerance,
                             const std::vector<Real>& start = {}) const;

 private:
  int64_t rows_, columns_, tags_;
  std::vector<Real> axes_;        // [columns,columns], one eigenvector per row
  std::vector<Real> x_, square_;  // [R,columns] in the basis of the axes, and their squares
};

}  // namespace tagloom
