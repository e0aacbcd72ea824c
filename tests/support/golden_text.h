#pragma once
// Reads a golden file of lines "name value value ...".
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/error.h"

namespace tagloom::test {

using GoldenText = std::map<std::string, std::vector<double>>;

inline GoldenText read_golden_text(const std::string& file) {
  std::ifstream in(std::string(TAGLOOM_GOLDEN_DIR) + "/" + file);
  TL_CHECK_AS(ErrorKind::kData, in.good(), "tests/golden/{} cannot be read", file);
  GoldenText golden;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    for (double value; words >> value;) golden[name].push_back(value);
  }
  return golden;
}

// The values of a line as the library's number type; throws where there is no such line.
template <class T>
std::vector<T> golden_values(const GoldenText& golden, const std::string& name) {
  const auto found = golden.find(name);
  TL_CHECK_AS(ErrorKind::kData, found != golden.end(), "the golden file has no line \"{}\"", name);
  std::vector<T> values;
  for (double value : found->second) values.push_back(static_cast<T>(value));
  return values;
}

}  // namespace tagloom::test
