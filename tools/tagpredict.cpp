#include "tools/commands.h"
#include "tools/run_tool.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagpredict", argc, argv, tagloom::predict_command); }
