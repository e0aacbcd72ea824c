// tagdata: makes, inspects and describes datasets.
#include "tools/command_line/run_tool.h"
#include "tools/commands/data_commands.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagdata", argc, argv, tagloom::tagdata_command); }
