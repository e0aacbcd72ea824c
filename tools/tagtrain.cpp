// tagtrain: trains taggers.
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagtrain", argc, argv, tagloom::train_command); }
