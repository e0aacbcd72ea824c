#pragma once
// Runs one of our tools as a user does, and gives back its exit code and what it said.
//
//   const ProgramResult result = run_program({"tagtrain", "--help"});
#include <map>
#include <string>
#include <vector>

namespace tagloom::test {

struct ProgramResult {
  int code = -1;    // the exit code; 128 + number where a signal ended it
  std::string out;  // stdout
  std::string err;  // stderr
};

struct ProgramOptions {
  std::string folder = {};                              // where it runs; empty: here
  std::map<std::string, std::string> environment = {};  // beside a short clean one: PATH, HOME
  bool terminal = false;                                // stderr is a terminal of 100 columns
  std::string input = {};                               // stdin
  std::string signal_after = {};                        // once stdout or stderr holds this text ...
  int signal = 0;                                       // ... this signal is sent, once
  double seconds = 300;                                 // then it is killed, and the test fails
};

// words[0] is a tool of this build, or a path with a slash in it.
std::string built_program(const std::string& name);  // the path of a tool of this build
std::string built_programs();                        // their names

ProgramResult run_program(const std::vector<std::string>& words, const ProgramOptions& options = {});

}  // namespace tagloom::test
