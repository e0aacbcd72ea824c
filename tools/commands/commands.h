#pragma once
// The command of each tool. Each takes the arguments and returns the exit code.
#include <string>
#include <vector>

#include "tools/command_line/command_description.h"

namespace tagloom {

int train_command(const std::vector<std::string>& arguments);          // tagtrain
int export_tagger_command(const std::vector<std::string>& arguments);  // tagtrain export; takes the arguments after it
CommandDescription export_description();                               // its flags, for completions and the manual of tagtrain
int eval_command(const std::vector<std::string>& arguments);           // tageval
int predict_command(const std::vector<std::string>& arguments);        // tagpredict
int serve_command(const std::vector<std::string>& arguments);          // tagserve
int data_command(const std::vector<std::string>& arguments);           // tagdata
int bench_command(const std::vector<std::string>& arguments);          // tagbench

}  // namespace tagloom
