// kernels/README.md lists every op and every shared header.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tagloom {
namespace {

namespace fs = std::filesystem;

TEST(KernelsReadme, NamesEveryHeader) {
  const fs::path kernels = fs::path(TAGLOOM_GOLDEN_DIR).parent_path().parent_path() / "kernels";
  std::ostringstream readme;
  readme << std::ifstream(kernels / "README.md").rdbuf();
  ASSERT_FALSE(readme.str().empty());
  for (const fs::path& folder : {kernels, kernels / "cuda"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path name = entry.path().filename();
      if (name.extension() != ".h" && name.extension() != ".cuh") continue;
      const std::string shared = (folder == kernels ? "" : "cuda/") + name.string(), op = "| `" + name.stem().string() + "` |";
      EXPECT_TRUE(readme.str().find("`" + shared + "`") != std::string::npos || readme.str().find(op) != std::string::npos)
          << "kernels/README.md does not list " << shared;
    }
  }
}

}  // namespace
}  // namespace tagloom
