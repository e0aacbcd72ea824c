// tagpredict: tags pictures.
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagpredict", argc, argv, tagloom::predict_command); }
