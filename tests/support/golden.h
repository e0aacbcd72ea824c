#pragma once
// Reads golden arrays: one per line, "name dims values", dimensions joined by commas (tests/golden/README.md).
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tagloom::test {

std::string golden_file(const std::string& name);  // tests/golden/values/NAME
std::string source_tree();                         // the path of the project's root

class Golden {
 public:
  explicit Golden(const std::string& file_name);  // in tests/golden/values

  // The values of an array; throws if there is no array of that name.
  template <class T>
  std::vector<T> get(const std::string& name) const {
    const std::vector<double>& values = find(name).values;
    return std::vector<T>(values.begin(), values.end());
  }
  const std::vector<int64_t>& dims(const std::string& name) const { return find(name).dims; }

 private:
  struct Array {
    std::vector<int64_t> dims;
    std::vector<double> values;
  };
  const Array& find(const std::string& name) const;

  std::string file_name_;
  std::map<std::string, Array> arrays_;
};

}  // namespace tagloom::test
