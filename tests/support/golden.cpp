// Finds and parses golden files.
#include "tests/support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/base/error.h"

namespace tagloom::test {

namespace {

// tests/golden of the source tree; TAGLOOM_GOLDEN_DIR replaces it for a test program that runs elsewhere.
std::string golden_folder() {
  const char* moved = std::getenv("TAGLOOM_GOLDEN_DIR");
  return moved != nullptr ? moved : TAGLOOM_GOLDEN_DIR;
}

}  // namespace

std::string golden_file(const std::string& name) { return golden_folder() + "/values/" + name; }

std::string source_tree() { return std::filesystem::path(golden_folder()).parent_path().parent_path(); }

Golden::Golden(const std::string& file_name) : file_name_(file_name) {
  std::ifstream in(golden_file(file_name));
  TL_CHECK_AS(ErrorKind::kData, in.good(), "golden file {} cannot be read", file_name);
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string name, dims, size;
    words >> name >> dims;
    Array& array = arrays_[name];
    int64_t count = 1;
    for (std::istringstream sizes(dims); std::getline(sizes, size, ',');) {
      array.dims.push_back(std::stoll(size));
      count *= array.dims.back();
    }
    for (double value; words >> value;) array.values.push_back(value);
    TL_CHECK_AS(ErrorKind::kData, static_cast<int64_t>(array.values.size()) == count,
                "{}: {} has {} values, but its dimensions require {}", file_name, name, array.values.size(), count);
  }
}

const Golden::Array& Golden::find(const std::string& name) const {
  const auto found = arrays_.find(name);
  TL_CHECK_AS(ErrorKind::kData, found != arrays_.end(), "{} has no array {}", file_name_, name);
  return found->second;
}

}  // namespace tagloom::test
