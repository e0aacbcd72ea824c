#pragma once
// Runs one of Tagloom's tools in the background of a test.
#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace tagloom::test {

class BackgroundProgram {
 public:
  // words[0] is the name of a tool of this build.
  explicit BackgroundProgram(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment = {});
  ~BackgroundProgram();  // kills the program if it is still running
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  // Waits until stdout or stderr contains the text; false if the program ends first, or after a minute.
  bool wait_for(const std::string& text) const;
  std::string out() const { return read_whole_file(folder_ / "out"); }
  std::string err() const { return read_whole_file(folder_ / "err"); }

  bool running() const;
  pid_t pid() const { return pid_; }
  void signal(int number) const;
  int wait();  // waits for the end; returns the exit code, or 128 + the number of the signal that ended it

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
  mutable int code_ = -1;  // -1: no end observed yet
};

}  // namespace tagloom::test
