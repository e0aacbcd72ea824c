#pragma once
// Counts of things in sentences: "1 picture", "2 pictures".
#include <cstdint>
#include <string>

namespace tagloom {

inline std::string counted(int64_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}
// The plural of `one` takes an s.
inline std::string counted(int64_t count, const char* one) { return counted(count, one, (std::string(one) + 's').c_str()); }

}  // namespace tagloom
