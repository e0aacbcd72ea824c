// Completion scripts, in the shells that they are for.
#include "tools/command_line/completion_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "models/settings/settings.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tools/command_line/options.h"

namespace tagloom {
namespace {

using test::ProgramResult;
using testing::HasSubstr;
using testing::Not;

// A tool with sub-commands and settings, and the scripts that complete it.
class CompletionScript : public testing::Test {
 protected:
  CompletionScript() {
    Options& draw = options_.command("draw", "Draw pictures: a 'few' [or many].");
    draw.choice("--format", format_, {"jpg", "png"}, "File format.").value("-o,--output", output_, "FILE", "The file to write.");
    draw.value("--title", title_, "TEXT", "The title.");
    draw.flag("--force", force_, "Replace what's there.").settings(settings_);
    options_.command("count", "Count pictures.");
  }

  // The words that bash offers for the last one.
  std::string bash(const std::string& words) {
    const std::string script = write("tagtest.bash", bash_completion(options_.description(), setting_table()));
    return output({"/bin/bash", "-c",
                   "compopt() { printf '%s ' \"$@\"; }; source " + script + "; COMP_WORDS=(tagtest " + words +
                       "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tagtest; printf '%s,' \"${COMPREPLY[@]}\""});
  }

  // The lines that fish offers: word, tab, description.
  std::string fish(const std::string& line) {
    const std::string script = write("tagtest.fish", fish_completion(options_.description(), setting_table()));
    return output({"/usr/bin/fish", "--no-config", "-c", "source " + script + "; complete -C '" + line + "'"});
  }

  // The command line after `line` and a tab. It's read from zsh's buffer: what a terminal shows of it depends on timing.
  std::string zsh(const std::string& line) {
    const std::string script = write("_tagtest", zsh_completion(options_.description(), setting_table()));
    const std::string completed = folder_ / "completed";
    const std::string driver =
        write("driver.zsh", "zmodload zsh/zpty\nzpty z zsh -f -i\nzpty -w z \"autoload -U compinit; compinit -D -u; source " +
                                script + "; complete_line() { zle expand-or-complete; print -r -- \\$BUFFER > " + completed +
                                ".part; mv " + completed + ".part " + completed +
                                " }; zle -N complete_line; bindkey '^I' complete_line; echo rea''dy\"\n" +
                                "zpty -r -m z seen '*ready*'\nzpty -n -w z '" + line + "'$'\\t'\n" + "until [[ -e " + completed +
                                " ]] || (( ++tries > 300 )); do sleep 0.1; done\ncat " + completed + "; rm " + completed + "\n");
    return output({"/usr/bin/zsh", "-f", driver});
  }

  test::TemporaryFolder folder_;

 private:
  std::string write(const std::string& name, const std::string& text) {
    test::write_whole_file(folder_ / name, text);
    return folder_ / name;
  }
  std::string output(const std::vector<std::string>& words) {
    const ProgramResult result = test::run_program(words, {.folder = folder_.path()});
    EXPECT_EQ(result.err, "");
    return result.out;
  }

  Options options_{"tagtest", "Tests completion."};
  std::string format_, output_, title_;
  bool force_ = false;
  SettingsFlags settings_;
};

TEST_F(CompletionScript, CompletesInBash) {
  EXPECT_EQ(bash("''"), "draw,count,");
  EXPECT_EQ(bash("dr"), "draw,");
  EXPECT_EQ(bash("draw --fo"), "--format,--force,");
  EXPECT_EQ(bash("draw --format ''"), "jpg,png,");
  EXPECT_EQ(bash("draw --format = p"), "png,") << "--format=p";
  EXPECT_EQ(bash("draw --format ="), "jpg,png,");
  EXPECT_EQ(bash("count --fo"), ",");
  EXPECT_EQ(bash("draw --set data.resi"), "-o nospace data.resize=,");
  EXPECT_EQ(bash("draw --set data.resize ="), "squash,short_side,");
  EXPECT_EQ(bash("draw --set data.resize = sh"), "short_side,");
  EXPECT_EQ(bash("draw --output tagt"), "-o filenames tagtest.bash,");
  test::write_whole_file(folder_ / "my 'own' $run", "");
  EXPECT_EQ(bash("draw --output my"), "-o filenames my 'own' $run,");
  EXPECT_EQ(bash("draw --title my"), "+o bashdefault +o default ,") << "no names of files";
}

TEST_F(CompletionScript, CompletesInFish) {
  if (!std::filesystem::exists("/usr/bin/fish")) GTEST_SKIP() << "fish is not installed";
  EXPECT_EQ(fish("tagtest "), "count\tCount pictures.\ndraw\tDraw pictures: a 'few' [or many].\n");
  EXPECT_EQ(fish("tagtest draw --for"), "--force\tReplace what's there.\n--format\tFile format.\n");
  EXPECT_EQ(fish("tagtest draw --format p"), "png\tFile format.\n");
  EXPECT_THAT(fish("tagtest draw --set data.resize=s"), HasSubstr("data.resize=squash\t"));
  EXPECT_THAT(fish("tagtest count --for"), Not(HasSubstr("--force")));
}

TEST_F(CompletionScript, CompletesInZsh) {
  if (!std::filesystem::exists("/usr/bin/zsh")) GTEST_SKIP() << "zsh is not installed";
  EXPECT_EQ(zsh("tagtest dr"), "tagtest draw \n");
  EXPECT_EQ(zsh("tagtest draw --forc"), "tagtest draw --force \n");
  EXPECT_EQ(zsh("tagtest draw --format p"), "tagtest draw --format png \n");
  EXPECT_EQ(zsh("tagtest draw --set data.resize=sq"), "tagtest draw --set data.resize=squash \n");
}

}  // namespace
}  // namespace tagloom
