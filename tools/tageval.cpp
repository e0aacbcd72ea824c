// tageval: evaluates a trained tagger.
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"

int main(int argc, char** argv) { return tagloom::run_tool("tageval", argc, argv, tagloom::eval_command); }
