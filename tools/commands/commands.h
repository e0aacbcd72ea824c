#pragma once
#include <string>
#include <vector>

namespace tagloom {

int train_command(const std::vector<std::string>& arguments);    // tagtrain
int eval_command(const std::vector<std::string>& arguments);     // tageval
int predict_command(const std::vector<std::string>& arguments);  // tagpredict
int bench_command(const std::vector<std::string>& arguments);    // tagbench

}  // namespace tagloom
