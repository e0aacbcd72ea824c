// The one file that includes toml++.
#include "models/settings/config_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "engine/core/closest_match.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Settings whose default is not what older versions did, with the value of runs that do not list them.
constexpr std::pair<const char*, const char*> kValuesOfOlderRuns[] = {{"data.jpeg_scaling", "fast"}};

// A run's config.toml lists every setting under this heading.
constexpr std::string_view kHeadingOfRuns = "# tagtrain ";

struct Placed {
  Assignment assignment;
  toml::source_position position;
};

std::string place(const std::string& name, const toml::source_position& position) {
  return format("{}:{}:{}", name, position.line, position.column);
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
  fail(ErrorKind::kUsage, "{}: {} takes a number, a string, true, false or a list of numbers", where, key);
}

void collect(const toml::table& table, const std::string& prefix, const std::string& name, std::vector<Placed>& out) {
  static const std::vector<std::string> sections = setting_table().sections();
  for (const auto& [toml_key, node] : table) {
    const std::string key = prefix + std::string(toml_key.str());
    const std::string where = place(name, toml_key.source().begin);
    if (const toml::table* inner = node.as_table()) {
      TL_CHECK(std::find(sections.begin(), sections.end(), key) != sections.end(), "{}: unknown section [{}]{}", where, key,
               did_you_mean(key, sections));
      collect(*inner, key + ".", name, out);
    } else {
      // An unknown key is reported at the key; a wrong value at the value.
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

// The place after a string that begins at `at`. A string on one line also ends with the line, where it is an error.
size_t skip_string(std::string_view text, size_t at) {
  const char quote = text[at];
  const bool long_one = text.substr(at, 3) == std::string(3, quote);
  const std::string end(long_one ? 3 : 1, quote);
  for (at += end.size(); at < text.size(); ++at) {
    if (text.substr(at, end.size()) == end) return at + end.size();
    if (text[at] == '\n' && !long_one) return at;
    if (text[at] == '\\' && quote == '"') ++at;
  }
  return text.size();
}

// toml++ limits the depth of values but not of keys, and destroys nested tables recursively: a.a.a... would overflow the stack.
void check_key_lengths(std::string_view text, const std::string& name) {
  constexpr int kMostDots = 16;
  int64_t line = 1;
  int dots = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      const size_t after = skip_string(text, at);
      line += std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(after), '\n');
      at = after;
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    line += c == '\n';
    dots = c == '.' ? dots + 1 : std::string_view("\n=,{}[]").find(c) == std::string_view::npos ? dots : 0;
    TL_CHECK(dots <= kMostDots, "{}:{}: a key has more than {} dots", name, line, kMostDots);
    ++at;
  }
}

toml::table parsed(const std::string& text, const std::string& name) {
  check_key_lengths(text, name);
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    fail(ErrorKind::kUsage, "{}: {}", place(name, error.source().begin), error.description());
  }
}

std::string text_of(const std::string& path, const std::string& what) {
  TL_CHECK_AS(ErrorKind::kData, !std::filesystem::is_directory(path), "{} is a folder, but {} is a TOML file", path, what);
  return read_text_or_pipe(path);
}

}  // namespace

std::vector<Assignment> parse_config(const std::string& text, const std::string& name) {
  std::vector<Placed> placed;
  collect(parsed(text, name), "", name, placed);
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.position.line, a.position.column) < std::tie(b.position.line, b.position.column);
  });
  std::vector<Assignment> assignments;
  for (const auto& [key, value] : kValuesOfOlderRuns) {
    const bool listed = std::any_of(placed.begin(), placed.end(), [&](const Placed& one) { return one.assignment.key == key; });
    if (text.starts_with(kHeadingOfRuns) && !listed) assignments.push_back({key, SettingValue(std::string(value)), name});
  }
  for (Placed& one : placed) {
    checked_value(setting_table(), one.assignment);  // reports the first unknown key or wrong type
    assignments.push_back(std::move(one.assignment));
  }
  return assignments;
}

std::vector<Assignment> read_config(const std::string& path) { return parse_config(text_of(path, "a configuration"), path); }

TomlNode read_toml(const std::string& path, const std::string& what) {
  return node_of(parsed(text_of(path, what), path), "", path);
}

}  // namespace tagloom
