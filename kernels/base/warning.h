#pragma once
// Non-fatal warnings. Kernels print nothing: a program sets a sink to receive them.
#include <functional>
#include <string>

namespace tagloom::kernels {

using WarningSink = std::function<void(const std::string& sentence)>;

void set_warning_sink(WarningSink sink);  // null, the default, discards them
void warn(const std::string& sentence);

}  // namespace tagloom::kernels
