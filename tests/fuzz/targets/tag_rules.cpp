// A file of tag rules: a list, names or scores.
#include <algorithm>

#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/property.h"
#include "tools/tag_rules/rule_file.h"

namespace tagloom::fuzz {
namespace {

std::string written_rule(const TagRule& rule, bool scores) {
  std::string text = rule.tag.is_glob() ? rule.tag.text : in_quotes(rule.tag.text);
  if (scores) return text + " = " + std::to_string(rule.score) + "\n";
  const char* separator = " = ";
  for (const TagLevels& levels : rule.names) {
    text += separator;
    for (size_t i = 0; i < levels.size(); ++i) text += (i == 0 ? "" : "|") + in_quotes(levels[i]);
    separator = ", ";
  }
  return text + "\n";
}

}  // namespace

void tag_rules(Input input) {
  Choices choices(input);
  const int kind = choices.below(3);
  const auto read = kind == 0 ? read_tag_list : kind == 1 ? read_tag_names : read_tag_scores;
  const RuleFile rules = read(path_of(choices.rest()));
  std::string text;
  for (const TagRule& rule : rules.rules) text += written_rule(rule, kind == 2);
  const RuleFile again = accepted([&] { return read(path_of(text)); });
  require(again.rules.size() == rules.rules.size(), "rules are lost", text);
  for (size_t i = 0; i < again.rules.size(); ++i) {
    require(again.rules[i].tag.text == rules.rules[i].tag.text && again.rules[i].tag.is_glob() == rules.rules[i].tag.is_glob(),
            "a tag changed", text);
    require(again.rules[i].names == rules.rules[i].names, "a name changed", text);
  }
}

}  // namespace tagloom::fuzz
