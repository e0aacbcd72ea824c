#pragma once
// Newton's method for the lines of all tags at once, under losses that are squared hinges of their scores:
//   minimise 1/2 |W|^2 + C loss(S),   S = W X^T [V,R]: a tag's scores of the R pictures, b in W and a column of ones in X
//
// A step solves (I + C H) d = -gradient by conjugate gradients, H the generalised Hessian, whose product with d for all tags is two
// matrix products. It works along the eigenvectors of X^T X: there the Hessian of a machine that all pictures push on is diagonal, and
// that of others so nearly that its diagonal preconditions well. Armijo's rule shortens the step.
#include <cstdint>
#include <vector>

#include "kernels/base/build_config.h"

namespace tagloom {

class HingeLoss {
 public:
  virtual ~HingeLoss() = default;

  // Whether a tag's loss depends on its own scores only: then each is minimised by itself, and left alone once it is there.
  virtual bool separable() const = 0;
  // The losses [V] of `tags` at their rows of s [V,R], of all together in the first one where they are not separable; and where not
  // null, in the same rows, the derivative by s and the diagonal of the second one.
  virtual std::vector<double> at(const std::vector<int64_t>& tags, const std::vector<Real>& s, std::vector<Real>* slope,
                                 std::vector<Real>* bend) const = 0;
  // v <- the second derivative at s times v, likewise.
  virtual void curve(const std::vector<int64_t>& tags, const std::vector<Real>& s, std::vector<Real>& v) const = 0;
};

class HingeNewton {
 public:
  HingeNewton(const std::vector<Real>& x, int64_t columns, int64_t tags);  // x [R,columns]

  // W [V,columns], from `start` where that is not empty. The gradient of a tag, or of all that are not separable, has shrunk to its
  // `tolerance` [V] of that at W = 0.
  std::vector<Real> minimise(const HingeLoss& loss, double c, const std::vector<double>& tolerance,
                             const std::vector<Real>& start = {}) const;

 private:
  int64_t rows_, columns_, tags_;
  std::vector<Real> axes_;        // [columns,columns], an eigenvector a row
  std::vector<Real> x_, square_;  // [R,columns] along these, and their squares
};

}  // namespace tagloom
