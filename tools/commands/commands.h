#pragma once
// The command of each tool. Each takes the arguments and returns the exit code.
#include <string>
#include <vector>

namespace tagloom {

int train_command(const std::vector<std::string>& arguments);    // tagtrain
int export_command(const std::vector<std::string>& arguments);   // tagtrain export; takes the arguments after it
int eval_command(const std::vector<std::string>& arguments);     // tageval
int predict_command(const std::vector<std::string>& arguments);  // tagpredict
int serve_command(const std::vector<std::string>& arguments);    // tagserve
int data_command(const std::vector<std::string>& arguments);     // tagdata
int bench_command(const std::vector<std::string>& arguments);    // tagbench

}  // namespace tagloom
