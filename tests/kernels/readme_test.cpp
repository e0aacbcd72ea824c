// kernels/README.md lists every op, and every header opens with a comment.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/golden.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

TEST(KernelsReadme, ListsEveryOp) {
  const fs::path kernels = fs::path(test::source_tree()) / "kernels";
  const std::string readme = text_of(kernels / "README.md");
  int headers = 0, ops = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kernels)) {
    const fs::path path = entry.path();
    if (path.extension() != ".h" && path.extension() != ".cuh") continue;
    ++headers;
    EXPECT_EQ(text_of(path).rfind("#pragma once\n// ", 0), 0u) << fs::relative(path, kernels) << " does not open with a comment";
    const fs::path stem = fs::path(path).replace_extension();
    if (!fs::exists(stem.string() + "_cpu.cpp") && !fs::exists(stem.string() + "_plain.cpp")) continue;
    ++ops;
    const std::string row = "| `" + fs::relative(stem, kernels).string() + "` |";
    EXPECT_NE(readme.find(row), std::string::npos) << "kernels/README.md does not list " << fs::relative(path, kernels);
  }
  EXPECT_GT(headers, 40);
  EXPECT_GT(ops, 20);
}

}  // namespace
}  // namespace tagloom
