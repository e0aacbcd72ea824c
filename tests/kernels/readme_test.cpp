// kernels/README.md lists every op, and it or the README of its room every shared header.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/golden.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

TEST(KernelsReadme, NamesEveryHeader) {
  const fs::path kernels = fs::path(test::source_tree()) / "kernels";
  const auto text_of = [](const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    EXPECT_FALSE(text.str().empty()) << path;
    return text.str();
  };
  const std::string readme = text_of(kernels / "README.md");
  int headers = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kernels)) {
    const fs::path path = entry.path();
    if (path.extension() != ".h" && path.extension() != ".cuh") continue;
    ++headers;
    const std::string op = "| `" + fs::relative(path, kernels).replace_extension().string() + "` |";
    const std::string shared = "`" + path.filename().string() + "`";
    EXPECT_TRUE(readme.find(op) != std::string::npos || readme.find(shared) != std::string::npos ||
                text_of(path.parent_path() / "README.md").find(shared) != std::string::npos)
        << "neither kernels/README.md nor its room's lists " << fs::relative(path, kernels);
  }
  EXPECT_GT(headers, 40);
}

}  // namespace
}  // namespace tagloom
