// Splits a log into lines.
#include "tools/suite/child_log.h"

#include <algorithm>
#include <sstream>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream text;
  try {
    text.str(read_text(path));
  } catch (const Error&) {
  }
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    for (const std::string tool : {"tagtrain: ", "tageval: "}) {
      if (line.starts_with(tool)) line.erase(0, tool.size());
    }
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::string last_line(const std::string& path) {
  const std::vector<std::string> lines = lines_of(path);
  return lines.empty() ? "" : lines.back();
}

std::vector<std::string> warnings_in(const std::string& path) {
  const std::string mark = "warning: ";
  std::vector<std::string> warnings;
  for (const std::string& line : lines_of(path)) {
    if (!line.starts_with(mark)) continue;
    const std::string warning = line.substr(mark.size());
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) warnings.push_back(warning);
  }
  return warnings;
}

}  // namespace tagloom
