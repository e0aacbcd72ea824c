#include "tools/tag_rules/tag_matcher.h"

#include "engine/core/closest_match.h"
#include "kernels/base/format.h"
#include "kernels/base/warning.h"
#include "tools/tag_rules/tag_style.h"

namespace tagloom {

TagMatcher::TagMatcher(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
  for (const std::string& name : vocabulary.names()) keys_.push_back(spelling_key(name));
}

std::vector<int32_t> TagMatcher::matches(const TagPattern& tag) const {
  const int32_t exact = tag.is_glob() ? -1 : vocabulary_.find(tag.text);
  if (exact >= 0) return {exact};
  const std::string key = spelling_key(tag.text);
  std::vector<int32_t> found;
  for (size_t id = 0; id < keys_.size(); ++id)
    if (tag.is_glob() ? glob_matches(key, keys_[id]) : keys_[id] == key) found.push_back(static_cast<int32_t>(id));
  return found;
}

void TagMatcher::warn_of_unmatched(const RuleFile& rules) const {
  constexpr int kNamed = 3;
  std::string named;
  int count = 0;
  for (const TagRule& rule : rules.rules) {
    if (!matches(rule.tag).empty() || ++count > kNamed) continue;
    named += format("{}\"{}\" in line {}{}", count == 1 ? "" : ", ", rule.tag.text, rule.line,
                    rule.tag.is_glob() ? "" : did_you_mean(rule.tag.text, vocabulary_.names()));
  }
  if (count == 0) return;
  kernels::warn(format("{}: {} of {} rules match no tag of this run: {}{}", rules.file, count, rules.rules.size(), named,
                       count > kNamed ? format(" and {} more", count - kNamed) : ""));
}

bool glob_matches(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = glob.npos, star_text = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_text = t;
    } else if (g < glob.size() && glob[g] == '?') {
      ++g;
      do ++t;
      while (t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80);
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == glob.npos;
}

}  // namespace tagloom
