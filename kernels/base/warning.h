#pragma once
// What a person should know although the work goes on. Kernels print nothing: a program that wants to hear says where to.
#include <functional>
#include <string>

namespace tagloom::kernels {

using WarningSink = std::function<void(const std::string& sentence)>;

void set_warning_sink(WarningSink sink);  // null: nobody listens, as at the start
void warn(const std::string& sentence);

}  // namespace tagloom::kernels
