#include "tools/commands.h"
#include "tools/run_tool.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagtrain", argc, argv, tagloom::train_command); }
