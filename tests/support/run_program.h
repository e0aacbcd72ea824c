#pragma once
// Runs one of Tagloom's tools as a user does, and returns its exit code and output.
//
//   const ProgramResult result = run_program({"tagtrain", "--help"});
#include <map>
#include <string>
#include <vector>

namespace tagloom::test {

struct ProgramResult {
  int code = -1;    // the exit code, or 128 + number of the signal that ended it
  std::string out;  // stdout
  std::string err;  // stderr
};

struct ProgramOptions {
  std::string folder = {};                              // working folder; empty: the current one
  std::map<std::string, std::string> environment = {};  // added to a minimal environment: PATH, HOME, ...
  bool terminal = false;                                // stderr is a terminal of 100 columns
  bool console = false;           // stdin and stdout are the same, controlling terminal; all output is in `out`
  std::string input = {};         // stdin
  std::string signal_after = {};  // once stdout or stderr contains this text ...
  int signal = 0;                 // ... this signal is sent, once; on a console SIGINT is typed, as Ctrl-C
  double seconds = 300;           // time limit, after which it is killed and the test fails
};

// words[0] is the name of a tool of this build, or a path with a slash.
std::string built_program(const std::string& name);  // the path of a tool of this build
std::string built_programs();                        // their names

ProgramResult run_program(const std::vector<std::string>& words, const ProgramOptions& options = {});

}  // namespace tagloom::test
