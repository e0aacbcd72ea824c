// Compares arrays element by element and describes the first differences.
#include "tests/support/near.h"

#include <iomanip>
#include <sstream>

namespace tagloom::test {

std::string place_name(int64_t place, const std::vector<int64_t>& dims) {
  int64_t size = 1;
  for (size_t d = 1; d < dims.size(); ++d) size *= dims[d];
  std::ostringstream text;
  text << '[' << place / size;
  for (size_t d = 1; d < dims.size(); ++d) {
    place %= size;
    size /= dims[d];
    text << ',' << place / size;
  }
  text << ']';
  return text.str();
}

testing::AssertionResult near(const std::string& reproducer, const std::string& pair, const std::vector<double>& actual,
                              const std::vector<double>& expected, Tolerance tolerance, const std::vector<int64_t>& dims) {
  if (actual.size() != expected.size()) {
    return testing::AssertionFailure() << reproducer << " " << pair << ": " << actual.size() << " values vs " << expected.size();
  }
  constexpr int kShown = 4;
  int64_t different = 0;
  std::ostringstream text;
  for (size_t i = 0; i < actual.size(); ++i) {
    if (is_near(actual[i], expected[i], tolerance)) continue;
    if (different++ < kShown) {
      text << "\n  " << reproducer << " " << pair << " at " << place_name(static_cast<int64_t>(i), dims) << ": "
           << std::setprecision(9) << actual[i] << " vs " << expected[i];
    }
  }
  if (different == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << different << " of " << actual.size() << " values differ:" << text.str();
}

}  // namespace tagloom::test
