#pragma once
// Files in memory with a path, for readers and writers that open a path.
#include <functional>
#include <string>

#include "tests/fuzz/property.h"

namespace tagloom::fuzz {

// The path of the one file of a program, with the contents replaced; opening another costs more than most readers.
const std::string& path_of(Input contents);
inline const std::string& path_of(const std::string& contents) {
  return path_of({reinterpret_cast<const uint8_t*>(contents.data()), contents.size()});
}

// What `write` writes to the path that it is given: a pipe, because a writer would replace a file by rename. At most 1 MiB.
std::string written(const std::function<void(const std::string& path)>& write);

}  // namespace tagloom::fuzz
