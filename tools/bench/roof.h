#pragma once
// What this machine can do at most, measured in the same run: how fast memory is copied, how fast a large matrix product runs.
#include <map>

#include "tools/bench/bench_row.h"
#include "tools/bench/timing.h"

namespace tagloom {

// What stands between a row and no time at all.
enum class Bound { kNone, kMemory, kArithmetic };

struct RoofShare {
  Bound bound = Bound::kNone;
  double share = 0;  // the time that the roof allows / the time it took; 1 is perfect
};

class Roofs {
 public:
  Roofs(Device device, double seconds) : device_(device), seconds_(seconds) {}

  // Bytes read and written a second by a copy that moves as many bytes (to the next power of two, 16 KiB to 1 GiB): what fits a cache
  // is compared with a copy in that cache.
  double copy_rate(double bytes);
  double matrix_rate(MatrixType type);  // flops a second of a product of square matrices

  // The more binding of the two. Each is measured when first needed, and again when a row was faster than it.
  RoofShare share(const BenchRow& row, double seconds_taken);
  RoofShare share_of_known(const BenchRow& row, double seconds_taken);  // the same, without measuring again

  const std::map<int64_t, double>& copies() const { return copies_; }  // by the bytes moved
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
