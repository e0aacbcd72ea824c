#include "kernels/optim/grad_norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/chunk_sums.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void sum_of_squares(Queue&, int64_t n, const Real* x, Real* y, Into into) {
  const double total = chunked_sum(n, [x](int64_t i) { return static_cast<double>(x[i]) * x[i]; });
  *y = static_cast<Real>(into == Into::kAdd ? *y + total : total);
}

void gradient_factor(Queue&, const Real* squares, const Real* loss, Real max_norm, Real* norm, Real* factor) {
  *norm = std::sqrt(*squares);
  if (!std::isfinite(*norm) || (loss != nullptr && !std::isfinite(*loss))) {
    *factor = -1;
  } else {
    *factor = max_norm > 0 ? std::min(Real(1), max_norm / (*norm + Real(1e-6))) : Real(1);
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
