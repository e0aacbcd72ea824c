#include "tests/fuzz/settings_text.h"

#include "models/settings/config_file.h"

namespace tagloom::fuzz {

void write_and_read(const Settings& settings) {
  const std::string text = settings_to_toml(settings, {"fuzz"});
  const Settings again = accepted([&] { return settings_from(parse_config(text, "config.toml")); });
  require(settings_to_toml(again, {"fuzz"}) == text, "settings changed", text);
}

}  // namespace tagloom::fuzz
