#include "tools/commands.h"
#include "tools/run_tool.h"

int main(int argc, char** argv) { return tagloom::run_tool("tageval", argc, argv, tagloom::eval_command); }
