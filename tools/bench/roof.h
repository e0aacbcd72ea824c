#pragma once
// Measures this machine's peak: the rate of a memory copy and of a large matrix product.
#include <map>

#include "tools/bench/bench_row.h"
#include "tools/bench/timing.h"

namespace tagloom {

// What limits the speed of a row.
enum class Bound { kNone, kMemory, kArithmetic };

struct RoofShare {
  Bound bound = Bound::kNone;
  double share = 0;  // least time allowed by the roof / measured time; 1 is perfect
};

class Roofs {
 public:
  Roofs(Device device, double seconds) : device_(device), seconds_(seconds) {}

  // Bytes read and written per second by a copy of about `bytes` (rounded up to a power of two, 16 KiB to 1 GiB), so that a row that
  // fits a cache is compared with a copy in that cache.
  double copy_rate(double bytes);
  double matrix_rate(MatrixType type);  // flops per second of a product of square matrices

  // The share of the tighter of the two roofs. Measures each when first needed, and again if a row was faster.
  RoofShare share(const BenchRow& row, double seconds_taken);
  RoofShare share_of_known(const BenchRow& row, double seconds_taken);  // without measuring again

  const std::map<int64_t, double>& copies() const { return copies_; }  // bytes moved -> rate
  const std::map<MatrixType, double>& matrices() const { return matrices_; }
  int64_t matrix_side() const { return device_.is_cuda() ? 8192 : 2048; }

 private:
  static int64_t copy_size(double bytes);
  double measure_copy(int64_t moved);
  double measure_matrix(MatrixType type);

  Device device_;
  double seconds_;
  std::map<int64_t, double> copies_;
  std::map<MatrixType, double> matrices_;
};

}  // namespace tagloom
