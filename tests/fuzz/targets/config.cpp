// A configuration in TOML.
#include "models/settings/config_file.h"
#include "tests/fuzz/settings_text.h"

namespace tagloom::fuzz {

void config(Input input) { write_and_read(settings_from(parse_config(std::string(text_of(input)), "fuzz.toml"))); }

}  // namespace tagloom::fuzz
