#pragma once
// The Python names that a pickle of PyTorch may use; used by torch_unpickler.cpp only.
#include <optional>
#include <string_view>

#include "engine/io/torch/torch_unpickler.h"

namespace tagloom::detail {

// A value of kind kName; empty if the name is not allowed.
std::optional<PickleValue> torch_name(std::string_view module, std::string_view name);

}  // namespace tagloom::detail
