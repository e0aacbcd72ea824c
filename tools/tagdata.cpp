// tagdata: makes, inspects and describes datasets.
#include "tools/data_commands.h"
#include "tools/run_tool.h"

int main(int argc, char** argv) {
  return tagloom::run_tool("tagdata", argc, argv, tagloom::tagdata_command);
}
