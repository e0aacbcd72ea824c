// Manual pages, checked by mandoc and read as text.
#include "tools/command_line/manual_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "models/settings/settings.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tools/command_line/options.h"

namespace tagloom {
namespace {

using test::ProgramResult;
using testing::HasSubstr;

constexpr char kLongParagraph[] =
    "A paragraph of a note has one line, however long it is, because terminals and manuals have different widths, in which both "
    "wrap it.";

std::string tagtest_manual() {
  std::string run;
  bool quiet = false;
  SettingsFlags settings;
  Options options("tagtest", "Tests manuals.");
  Options& one = options.command("one", "The first.");
  one.argument("RUN", run, ".hidden files and\\or 'others'.").flag("-q,--quiet", quiet, "Print less.").settings(settings);
  one.note("'one' is first:\n.  tagtest one RUN\n\nExamples:\n  one     RUN\n  two\n" + std::string(kLongParagraph) +
           "\n\nThe end.");
  return manual_page(options.description());
}

// What `mandoc` prints for the page with these arguments.
std::string mandoc(const std::string& page, const std::vector<std::string>& arguments) {
  const test::TemporaryFolder folder;
  test::write_whole_file(folder / "page", page);
  std::vector<std::string> words = {"/usr/bin/mandoc"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.push_back(folder / "page");
  const ProgramResult result = test::run_program(words);
  return result.out + result.err;
}

class ManualPage : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/bin/mandoc")) GTEST_SKIP() << "mandoc is not installed";
  }
};

TEST_F(ManualPage, HasNoWarnings) {
  for (const std::string& page : {tagtest_manual(), settings_manual_page(setting_table())}) {
    std::istringstream lines(mandoc(page, {"-T", "lint", "-W", "warning"}));
    for (std::string line; std::getline(lines, line);) EXPECT_THAT(line, HasSubstr("missing date"));  // pages have none
  }
}

TEST_F(ManualPage, EscapesText) {
  const std::string text = mandoc(tagtest_manual(), {"-T", "utf8", "-O", "width=100"});
  std::string plain;  // without the overstrikes of bold and underlined characters
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\b') {
      plain.pop_back();
    } else {
      plain += text[i];
    }
  }
  EXPECT_THAT(plain, HasSubstr(".hidden files and\\or 'others'."));
  EXPECT_THAT(plain, HasSubstr("'one' is first:"));
  EXPECT_THAT(plain, HasSubstr(".  tagtest one RUN"));
  EXPECT_THAT(plain, HasSubstr("  one     RUN\n"));
  EXPECT_THAT(plain, testing::ContainsRegex("A paragraph of a note has one line, .*\n +.*both wrap it\\.\n\n"));
  EXPECT_THAT(plain, HasSubstr("-q, --quiet"));
  EXPECT_THAT(plain, HasSubstr("tagtest one [options] RUN"));
  EXPECT_THAT(plain, HasSubstr("TAGLOOM_SECTION_KEY"));
}

TEST(SettingsManualPage, HasEverySetting) {
  const std::string page = settings_manual_page(setting_table());
  for (const Setting* setting : setting_table().rows()) {
    EXPECT_THAT(page, HasSubstr("\n.B " + setting->key.substr(setting->key.rfind('.') + 1) + " = ")) << setting->key;
  }
}

}  // namespace
}  // namespace tagloom
