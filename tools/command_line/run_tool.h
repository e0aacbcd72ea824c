#pragma once
// The body of every tool's main: runs the command and turns an exception into one line on stderr and an exit code.
//
//   int main(int argc, char** argv) { return tagloom::run_tool("tagtrain", argc, argv, tagloom::train_command); }
#include <functional>
#include <string>
#include <vector>

namespace tagloom {

enum ExitCode : int {
  kExitDone = 0,
  kExitBug = 1,
  kExitUsage = 2,
  kExitData = 3,
  kExitDevice = 4,
  kExitDiverged = 5,
  kExitBelowThreshold = 6,
};

// The exit code of a run that a signal stopped after it saved its state: 129 for SIGHUP, 130 for SIGINT, 143 for SIGTERM.
constexpr int exit_code_of_signal(int signal) { return 128 + signal; }

// Takes the arguments after the tool's name; returns the exit code.
using Command = std::function<int(const std::vector<std::string>& arguments)>;

int run_tool(const char* name, int argc, char** argv, const Command& command);

}  // namespace tagloom
