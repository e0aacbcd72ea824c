#include "tools/pretrained/class_index.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/core/parse_number.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using nlohmann::json;
using NumberedClasses = std::map<int64_t, ClassEntry>;

constexpr int64_t kMostClasses = 1'000'000;

// "great_white_shark"
std::string with_spaces(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

// The number in a key; empty if it is none.
std::optional<int64_t> class_number(std::string_view key) {
  const std::optional<int64_t> number = parse_integer(key);
  return number && *number >= 0 && *number < kMostClasses ? number : std::nullopt;
}

// "tench, Tinca tinca" or ["n01440764", "tench"]
std::optional<ClassEntry> entry_of(const json& value) {
  if (value.is_string()) return ClassEntry{"", value.get<std::string>()};
  if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_string()) return {};
  return ClassEntry{value[0].get<std::string>(), with_spaces(value[1].get<std::string>())};
}

std::vector<ClassEntry> in_order(const NumberedClasses& numbered, const std::string& name) {
  std::vector<ClassEntry> classes;
  for (const auto& [number, entry] : numbered) {
    TL_CHECK_AS(ErrorKind::kData, number == static_cast<int64_t>(classes.size()), "{}: class {} is missing", name,
                classes.size());
    classes.push_back(entry);
  }
  return classes;
}

// {"0": "tench"} or {"tench": 0}; empty if it is neither.
std::optional<ClassIndex> numbered_object(const json& object, const std::string& name) {
  NumberedClasses classes;
  for (const auto& [key, value] : object.items()) {
    const auto number = value.is_number_integer() ? class_number(value.dump()) : class_number(key);
    const auto entry = value.is_number_integer() ? ClassEntry{"", key} : entry_of(value);
    if (!number || !entry) return {};
    TL_CHECK_AS(ErrorKind::kData, classes.emplace(*number, *entry).second, "{}: has two classes with the number {}", name,
                *number);
  }
  if (classes.empty()) return {};
  return ClassIndex{"a JSON index of classes", in_order(classes, name)};
}

std::optional<ClassIndex> listed_names(const json& list, const json& descriptions) {
  ClassIndex index{"a JSON list of classes"};
  for (const json& value : list) {
    std::optional<ClassEntry> entry = entry_of(value);
    if (!entry) return {};
    const auto described = descriptions.is_object() ? descriptions.find(entry->text) : descriptions.end();
    if (described != descriptions.end() && described->is_string()) *entry = {entry->text, described->get<std::string>()};
    index.classes.push_back(std::move(*entry));
  }
  return index.classes.empty() ? std::nullopt : std::optional(index);
}

// Transformers writes LABEL_0 where a network's classes were never named.
bool are_unnamed(const ClassIndex& index) {
  return std::ranges::all_of(index.classes, [](const ClassEntry& entry) { return entry.text.starts_with("LABEL_"); });
}

std::optional<ClassIndex> index_of_json(const json& root, const std::string& name) {
  if (root.is_array()) return listed_names(root, {});
  if (!root.is_object()) return {};
  for (const char* const key : {"id2label", "label2id"}) {
    if (!root.contains(key) || !root[key].is_object()) continue;
    std::optional<ClassIndex> index = numbered_object(root[key], name);
    if (index) index->form = format("a configuration with {}", key);
    return index && are_unnamed(*index) ? std::nullopt : index;
  }
  for (const char* const inside : {"", "pretrained_cfg"}) {
    if (*inside != '\0' && !root.contains(inside)) continue;
    const json& part = *inside == '\0' ? root : root[inside];
    if (!part.is_object() || !part.contains("label_names") || !part["label_names"].is_array()) continue;
    const json none;
    const auto found = part.find("label_descriptions");
    const json& described = found == part.end() ? none : *found;  // no copy: deeply nested JSON would exhaust the stack
    std::optional<ClassIndex> index = listed_names(part["label_names"], described);
    if (index) index->form = "a configuration with label_names";
    return index;
  }
  return numbered_object(root, name);
}

// Reads {0: 'tench, Tinca tinca', 1: "goldfish"}.
class PythonDictionary {
 public:
  PythonDictionary(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  ClassIndex read() {
    NumberedClasses classes;
    take('{');
    while (!ends_with('}')) {
      const size_t end = text_.find_first_not_of("0123456789", at_);
      const auto number = class_number(text_.substr(at_, end == text_.npos ? end : end - at_));
      TL_CHECK_AS(ErrorKind::kData, number.has_value(), "{}:{}: expected the number of a class, as in {{0: 'tench'}}", name_,
                  line());
      at_ = end;
      take(':');
      TL_CHECK_AS(ErrorKind::kData, classes.emplace(*number, ClassEntry{"", quoted()}).second,
                  "{}:{}: has two classes with the number {}", name_, line(), *number);
      if (!ends_with('}')) take(',');
    }
    return {"a Python dictionary", in_order(classes, name_)};
  }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  int64_t line() const { return 1 + std::ranges::count(text_.substr(0, at_), '\n'); }
  bool ends_with(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  void take(char c) {
    TL_CHECK_AS(ErrorKind::kData, ends_with(c),
                "{}:{}: is neither JSON nor a Python dictionary such as {{0: 'tench'}}: expected {}", name_, line(), c);
    ++at_;
    skip_space();
  }
  std::string quoted() {
    TL_CHECK_AS(ErrorKind::kData, at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"'),
                "{}:{}: expected the name of a class in quotes", name_, line());
    const char quote = text_[at_++];
    std::string value;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size()) value += text_[at_];
    }
    TL_CHECK_AS(ErrorKind::kData, at_ < text_.size(), "{}: a quote is never closed", name_);
    ++at_;
    return value;
  }

  std::string_view text_;
  const std::string& name_;
  size_t at_ = 0;
};

}  // namespace

ClassIndex class_index_from_braces(std::string_view text, const std::string& name) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) {
    TL_CHECK_AS(ErrorKind::kData, text.find_first_of("{[") != text.npos && text[text.find_first_of("{[")] == '{',
                "{}: is not valid JSON", name);
    return PythonDictionary(text, name).read();
  }
  const std::optional<ClassIndex> index = index_of_json(root, name);
  TL_CHECK_AS(
      ErrorKind::kData, index.has_value(),
      "{}: this JSON has no names of classes; expected {{\"0\": \"tench\"}}, {{\"0\": [\"n01440764\", \"tench\"]}}, a list, or a "
      "config.json with id2label or label_names",
      name);
  return *index;
}

bool has_class_index(std::string_view text) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) return false;
  try {
    return index_of_json(root, "").has_value();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace tagloom
