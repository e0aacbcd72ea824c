#include "kernels/math/gather_rows.h"

#include <algorithm>

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void gather(int64_t n, int64_t cols, const T* table, const int32_t* id, T* y) {
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < n; ++i) {
    T* row = y + i * cols;
    if (id[i] < 0) {
      std::fill(row, row + cols, T(0));
    } else {
      std::copy_n(table + id[i] * cols, cols, row);
    }
  }
}

}  // namespace

void gather_rows(Queue&, int64_t n, int64_t cols, const Real* table, const int32_t* id, Real* y) {
  gather(n, cols, table, id, y);
}
void gather_rows(Queue&, int64_t n, int64_t cols, const Bf16* table, const int32_t* id, Bf16* y) {
  gather(n, cols, table, id, y);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
