#include "tools/tag_rules/rule_file.h"

#include <charconv>
#include <cmath>
#include <functional>

#include "engine/data/formats/text_lines.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Splits one line into names.
class RuleLine {
 public:
  RuleLine(std::string_view line, std::string place) : rest_(trim(line)), place_(std::move(place)) {}

  // A name in quotes, or the text up to one of `ends`, a comment or the end of the line.
  TagPattern name(std::string_view ends, const char* what) {
    rest_ = trim(rest_);
    TagPattern name = rest_.starts_with('"') ? quoted_name() : plain_name(ends);
    TL_CHECK_AS(ErrorKind::kData, !name.text.empty(), "{}: {} is empty", place_, what);
    return name;
  }

  bool take(char c) {
    rest_ = trim(rest_);
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void end() {
    rest_ = trim(rest_);
    TL_CHECK_AS(ErrorKind::kData, rest_.empty() || rest_[0] == '#',
                "{}: \"{}\" follows a closing quote: put the whole name in quotes", place_, rest_);
  }

  const std::string& place() const { return place_; }

 private:
  TagPattern quoted_name() {
    TagPattern name{"", true};
    while (true) {
      rest_.remove_prefix(1);
      const size_t quote = rest_.find('"');
      TL_CHECK_AS(ErrorKind::kData, quote != rest_.npos,
                  "{}: a quote opens in this line and is never closed: close it, and double quotes inside a name", place_);
      name.text += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) break;
      name.text += '"';
    }
    name.text = trim(name.text);
    return name;
  }

  TagPattern plain_name(std::string_view ends) {
    size_t end = 0;
    while (end < rest_.size() && ends.find(rest_[end]) == ends.npos && !begins_comment(end)) ++end;
    const std::string_view text = trim(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return {std::string(text), false};
  }

  bool begins_comment(size_t at) const { return rest_[at] == '#' && (at == 0 || rest_[at - 1] == ' ' || rest_[at - 1] == '\t'); }

  std::string_view rest_;
  std::string place_;
};

RuleFile read_rules(const std::string& file, const std::function<void(RuleLine&, TagRule&)>& read_rule) {
  const std::string text = read_text_or_pipe(file);
  RuleFile rules{file, {}};
  TextLines lines(text, file);
  while (lines.next()) {
    const std::string_view line = trim(lines.line());
    if (line.empty() || line[0] == '#') continue;
    TagRule rule;
    rule.line = lines.number();
    RuleLine words(line, lines.place());
    read_rule(words, rule);
    words.end();
    rules.rules.push_back(std::move(rule));
  }
  return rules;
}

TagLevels tag_levels(RuleLine& words) {
  TagLevels levels;
  do {
    levels.push_back(words.name("|,", "a name").text);
  } while (words.take('|'));
  return levels;
}

float score_of(const std::string& text, const std::string& place) {
  float score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  TL_CHECK_AS(ErrorKind::kData, error == std::errc() && end == text.data() + text.size() && std::isfinite(score),
              "{}: \"{}\" is not a number: write a rule as dog = 0.7", place, text);
  return score;
}

}  // namespace

RuleFile read_tag_list(const std::string& file) {
  return read_rules(file, [](RuleLine& words, TagRule& rule) { rule.tag = words.name("", "the tag"); });
}

RuleFile read_tag_names(const std::string& file) {
  return read_rules(file, [](RuleLine& words, TagRule& rule) {
    rule.tag = words.name("=", "the tag");
    TL_CHECK_AS(ErrorKind::kData, words.take('='), "{}: has no =: write a rule as dog = Animals|Dog", words.place());
    do {
      rule.names.push_back(tag_levels(words));
    } while (words.take(','));
  });
}

RuleFile read_tag_scores(const std::string& file) {
  return read_rules(file, [](RuleLine& words, TagRule& rule) {
    rule.tag = words.name("=", "the tag");
    TL_CHECK_AS(ErrorKind::kData, words.take('='), "{}: has no =: write a rule as dog = 0.7", words.place());
    rule.score = score_of(words.name("", "the number").text, words.place());
  });
}

}  // namespace tagloom
