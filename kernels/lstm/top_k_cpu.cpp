#include "kernels/lstm/top_k.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void top_k(Queue&, const TopKShape& shape, const Real* x, const uint8_t* excluded, int32_t* index, Real* value) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < shape.rows; ++r) {
    const Real* row = x + r * shape.cols;
    std::vector<int32_t> order;
    order.reserve(shape.cols);
    for (int64_t c = 0; c < shape.cols; ++c) {
      const bool out = std::isnan(row[c]) || (excluded && excluded[r * shape.cols + c]);
      if (!out) order.push_back(static_cast<int32_t>(c));
    }
    const auto first = [row](int32_t a, int32_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; };
    const int64_t found = std::min<int64_t>(shape.k, static_cast<int64_t>(order.size()));
    std::partial_sort(order.begin(), order.begin() + found, order.end(), first);
    for (int64_t i = 0; i < shape.k; ++i) {
      index[r * shape.k + i] = i < found ? order[i] : -1;
      if (value) value[r * shape.k + i] = i < found ? row[order[i]] : -std::numeric_limits<Real>::infinity();
    }
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
