// The links of every Markdown page point to existing files and headings.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "tests/support/golden.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

// A page's lines outside of ``` blocks.
std::vector<std::string> prose_of(const fs::path& page) {
  std::vector<std::string> lines;
  bool code = false;
  std::ifstream in(page);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("```", 0) == 0) {
      code = !code;
    } else if (!code) {
      lines.push_back(line);
    }
  }
  return lines;
}

// The anchor of a heading: #from-c for "From C++".
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) || c == '-' || c == '_') anchor += static_cast<char>(std::tolower(byte));
    if (c == ' ') anchor += '-';
  }
  return anchor;
}

std::set<std::string> anchors_of(const fs::path& page) {
  std::set<std::string> anchors;
  for (const std::string& line : prose_of(page)) {
    const size_t text = line.find_first_not_of('#');
    if (text != 0 && text != std::string::npos && line[text] == ' ') anchors.insert(anchor_of(line.substr(text + 1)));
  }
  return anchors;
}

// Skips the files that builds, trainings and installations create in a checkout.
std::vector<fs::path> pages_of_the_tree() {
  const std::set<std::string> left_out = {"build", "datasets", "runs", "carry", "disassembler", "python_packages"};
  std::vector<fs::path> pages;
  for (auto entry = fs::recursive_directory_iterator(test::source_tree()); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() && (name[0] == '.' || left_out.contains(name))) entry.disable_recursion_pending();
    if (entry->path().extension() == ".md") pages.push_back(entry->path());
  }
  return pages;
}

TEST(Pages, LinksAreValid) {
  const std::regex link(R"(\]\(([^)\s]*)\))");
  int links = 0;
  for (const fs::path& page : pages_of_the_tree()) {
    for (const std::string& line : prose_of(page)) {
      for (std::sregex_iterator match(line.begin(), line.end(), link); match != std::sregex_iterator(); ++match) {
        const std::string target = (*match)[1];
        if (target.rfind("https://", 0) == 0 || target.rfind("http://", 0) == 0) continue;
        ++links;
        const size_t hash = target.find('#');
        const std::string file = target.substr(0, hash);
        const fs::path found = file.empty() ? page : page.parent_path() / file;
        EXPECT_TRUE(fs::exists(found)) << page << " links to " << target << ", which does not exist";
        if (hash == std::string::npos || !fs::exists(found)) continue;
        const fs::path headed = fs::is_directory(found) ? found / "README.md" : found;
        EXPECT_TRUE(anchors_of(headed).contains(target.substr(hash + 1)))
            << page << " links to " << target << ", but " << headed << " has no such heading";
      }
    }
  }
  EXPECT_GT(links, 40);
}

}  // namespace
}  // namespace tagloom
