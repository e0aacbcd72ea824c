#pragma once
// Compares arrays within a tolerance; a failure prints a reproducer and the first differences:
//
//   softmax_xent[rows=33 cols=1025 seed=7] dlogits cuda≠cpu at [4,17]: 0.01232 vs 0.01234
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tools/bench/cases/tolerance.h"

namespace tagloom::test {

// [4,17] for index 4 * 20 + 17 of an array of [n, 20]; [97] if the dimensions are not given.
std::string place_name(int64_t place, const std::vector<int64_t>& dims);

// near("softmax[rows=2]", "cuda≠cpu", actual, expected, {1e-6, 1e-5}, {2, 20})
testing::AssertionResult near(const std::string& reproducer, const std::string& pair, const std::vector<double>& actual,
                              const std::vector<double>& expected, Tolerance tolerance, const std::vector<int64_t>& dims = {});

// The same for arrays of any number type.
template <class A, class B>
testing::AssertionResult near(const std::string& reproducer, const std::string& pair, const std::vector<A>& actual,
                              const std::vector<B>& expected, Tolerance tolerance, const std::vector<int64_t>& dims = {}) {
  return near(reproducer, pair, std::vector<double>(actual.begin(), actual.end()),
              std::vector<double>(expected.begin(), expected.end()), tolerance, dims);
}

}  // namespace tagloom::test
