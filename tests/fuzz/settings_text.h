#pragma once
// Settings written as TOML and read again.
#include "models/settings/settings.h"
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {

// Checks that config.toml, as a run writes it, gives the same settings.
void write_and_read(const Settings& settings);

}  // namespace tagloom::fuzz
