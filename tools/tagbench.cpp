// tagbench: verifies and times kernels and whole steps.
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagbench", argc, argv, tagloom::bench_command); }
