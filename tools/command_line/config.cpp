// Reads settings from TOML (the one file that includes toml++), the environment and --set.
#include "tools/command_line/config.h"

#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

#include "engine/core/closest_match.h"
#include "kernels/base/error.h"
#include "tools/command_line/version.h"

namespace tagloom {
namespace {

struct Placed {
  Assignment assignment;
  toml::source_position position;
};

std::string place(const std::string& name, const toml::source_position& position) {
  return format("{}:{}:{}", name, position.line, position.column);
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const Setting* setting : setting_table().rows()) {
    const std::string name = setting->key.substr(0, setting->key.rfind('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

SettingValue value_of(const toml::node& node, const std::string& key, const std::string& where) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* array = node.as_array()) {
    std::vector<double> values;
    for (const toml::node& element : *array) {
      TL_CHECK(element.is_number(), "{}: {} takes a list of numbers", where, key);
      values.push_back(*element.value<double>());
    }
    return values;
  }
  fail(ErrorKind::kUsage, "{}: {} takes a number, a text, true, false or a list of numbers", where, key);
}

void collect(const toml::table& table, const std::string& prefix, const std::string& name, std::vector<Placed>& out) {
  static const std::vector<std::string> sections = section_names();
  for (const auto& [toml_key, node] : table) {
    const std::string key = prefix + std::string(toml_key.str());
    const std::string where = place(name, toml_key.source().begin);
    if (const toml::table* inner = node.as_table()) {
      TL_CHECK(std::find(sections.begin(), sections.end(), key) != sections.end(), "{}: unknown section [{}]{}", where, key,
               did_you_mean(key, sections));
      collect(*inner, key + ".", name, out);
    } else {
      // An unknown key is shown where it stands; a wrong value where the value stands.
      const auto position = setting_table().find(key) == nullptr ? toml_key.source().begin : node.source().begin;
      out.push_back({{key, value_of(node, key, place(name, position)), place(name, position)}, position});
    }
  }
}

TomlNode node_of(const toml::node& node, const std::string& key, const std::string& name) {
  TomlNode out;
  out.key = key;
  out.where = place(name, node.source().begin);
  const auto before = [](const toml::node* a, const toml::node* b) {
    const toml::source_position x = a->source().begin, y = b->source().begin;
    return std::tie(x.line, x.column) < std::tie(y.line, y.column);
  };
  if (const toml::table* table = node.as_table()) {
    std::vector<std::pair<const toml::node*, std::string>> inner;
    for (const auto& [inner_key, value] : *table) inner.emplace_back(&value, std::string(inner_key.str()));
    std::stable_sort(inner.begin(), inner.end(), [&](const auto& a, const auto& b) { return before(a.first, b.first); });
    for (const auto& [value, inner_key] : inner) out.nodes.push_back(node_of(*value, inner_key, name));
  } else if (const toml::array* list = node.as_array()) {
    out.kind = TomlNode::Kind::kList;
    for (const toml::node& element : *list) out.nodes.push_back(node_of(element, "", name));
  } else {
    out.kind = TomlNode::Kind::kValue;
    out.value = value_of(node, key, out.where);
  }
  return out;
}

std::string text_of(const std::string& path, const std::string& what) {
  TL_CHECK_AS(ErrorKind::kData, !std::filesystem::is_directory(path), "{} is a folder: {} is a TOML file", path, what);
  std::ifstream file(path, std::ios::binary);
  TL_CHECK_AS(ErrorKind::kData, file.is_open(), "{}: cannot be opened: check the path of {}", path, what);
  std::ostringstream text;
  text << file.rdbuf();
  TL_CHECK_AS(ErrorKind::kData, !file.bad(), "{}: cannot be read", path);
  return text.str();
}

std::string variable_name(const std::string& key) {
  std::string name = "TAGLOOM_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string shell_quoted(const std::string& word) {
  static constexpr char kPlain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out += '\'';
}

}  // namespace

std::vector<Assignment> parse_config(const std::string& text, const std::string& name) {
  std::vector<Placed> placed;
  try {
    collect(toml::parse(text, name), "", name, placed);
  } catch (const toml::parse_error& error) {
    fail(ErrorKind::kUsage, "{}: {}", place(name, error.source().begin), error.description());
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.position.line, a.position.column) < std::tie(b.position.line, b.position.column);
  });
  std::vector<Assignment> assignments;
  for (Placed& one : placed) {
    checked_value(setting_table(), one.assignment);  // an unknown key or a wrong type is reported at the first place that has one
    assignments.push_back(std::move(one.assignment));
  }
  return assignments;
}

std::vector<Assignment> read_config(const std::string& path) { return parse_config(text_of(path, "a configuration"), path); }

TomlNode read_toml(const std::string& path, const std::string& what) {
  const std::string text = text_of(path, what);
  try {
    return node_of(toml::parse(text, path), "", path);
  } catch (const toml::parse_error& error) {
    fail(ErrorKind::kUsage, "{}: {}", place(path, error.source().begin), error.description());
  }
}

std::vector<Assignment> environment_assignments(const char* const* environment) {
  const std::vector<std::string> keys = setting_table().keys();
  std::vector<std::string> names;
  for (const std::string& key : keys) names.push_back(variable_name(key));
  std::vector<Assignment> assignments;
  for (; *environment != nullptr; ++environment) {
    const std::string entry = *environment;
    const size_t equals = entry.find('=');
    if (!entry.starts_with("TAGLOOM_") || equals == std::string::npos) continue;
    const std::string name = entry.substr(0, equals);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) {
      assignments.push_back(assignment_from_text(keys[found - names.begin()], entry.substr(equals + 1), name));
      continue;
    }
    for (const std::string& section : section_names()) {
      TL_CHECK(!name.starts_with(variable_name(section) + "_"), "{}: this environment variable names no setting{}", name,
               did_you_mean(name, names));
    }
  }
  return assignments;
}

Assignment set_assignment(const std::string& key_and_value) {
  const size_t equals = key_and_value.find('=');
  TL_CHECK(equals != std::string::npos && equals > 0, "--set {}: write it as key=value, such as train.epochs=10", key_and_value);
  return assignment_from_text(key_and_value.substr(0, equals), key_and_value.substr(equals + 1), "--set " + key_and_value);
}

Settings read_settings(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags) {
  std::vector<Assignment> all;
  for (const std::string& path : config_paths) {
    if (path.empty()) continue;
    const std::vector<Assignment> file = read_config(path);
    all.insert(all.end(), file.begin(), file.end());
  }
  const std::vector<Assignment> variables = environment_assignments(environ);
  all.insert(all.end(), variables.begin(), variables.end());
  all.insert(all.end(), flags.begin(), flags.end());
  return settings_from(all);
}

std::vector<std::string> config_heading(const std::string& tool, const std::vector<std::string>& arguments) {
  std::string line = tool;
  for (const std::string& argument : arguments) line.append(" ").append(shell_quoted(argument));
  return {tool + " " + version(), line};
}

std::string find_input(const std::string& key, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::exists(path, ignored)) return fs::absolute(path).lexically_normal().string();
  TL_CHECK_AS(ErrorKind::kData, !fs::path(path).is_absolute(), "{} = \"{}\": there is no such file: say where it is now", key,
              path);
  const std::string here = fs::current_path().string();
  const char* data = std::getenv("TAGLOOM_DATA");
  TL_CHECK_AS(ErrorKind::kData, data != nullptr && *data != '\0',
              "{} = \"{}\": there is no such file in {}, and TAGLOOM_DATA, the other folder to look in, is not set", key, path,
              here);
  const fs::path second = fs::path(data) / path;
  TL_CHECK_AS(ErrorKind::kData, fs::exists(second, ignored), "{} = \"{}\": neither {} nor {} (TAGLOOM_DATA) has it", key, path,
              here, data);
  return fs::absolute(second).lexically_normal().string();
}

void find_inputs(Settings& settings, InputsOf run) {
  const auto find = [](const char* key, std::string& path) {
    if (!path.empty()) path = find_input(key, path);
  };
  find("data.train", settings.data.train);
  find("data.validation", settings.data.validation);
  if (run == InputsOf::kNewRun) {
    find("data.test", settings.data.test);
    find("data.vocabulary", settings.data.vocabulary);
    find("backbone.weights", settings.backbone.weights);
  }
  if (!settings.data.cache_dir.empty()) {
    settings.data.cache_dir = std::filesystem::absolute(settings.data.cache_dir).lexically_normal().string();
  }
}

}  // namespace tagloom
