// kernels/README.md lists every op and every shared header.
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
  std::ostringstream readme;
  readme << std::ifstream(kernels / "README.md").rdbuf();
  ASSERT_FALSE(readme.str().empty());
  int headers = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kernels)) {
    const fs::path path = entry.path();
    if (path.extension() != ".h" && path.extension() != ".cuh") continue;
    ++headers;
    const std::string file = fs::relative(path, kernels).string();
    const std::string op = "| `" + fs::relative(path, kernels).replace_extension().string() + "` |";
    EXPECT_TRUE(readme.str().find("`" + file + "`") != std::string::npos || readme.str().find(op) != std::string::npos)
        << "kernels/README.md does not list " << file;
  }
  EXPECT_GT(headers, 40);
}

}  // namespace
}  // namespace tagloom
