// tagserve: tags pictures that it receives over HTTP.
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"

int main(int argc, char** argv) { return tagloom::run_tool("tagserve", argc, argv, tagloom::serve_command); }
