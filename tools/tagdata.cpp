// tagdata: draws and inspects datasets.
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagdata", argc, argv, tagloom::data_command); }
