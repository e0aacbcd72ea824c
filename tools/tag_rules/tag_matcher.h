#pragma once
// Finds the tags of a vocabulary that a rule means.
#include <string_view>
#include <vector>

#include "engine/data/vocabulary.h"
#include "tools/tag_rules/rule_file.h"

namespace tagloom {

// A name means the tag that is exactly so or, if there is none, all tags that differ only in the case of A to Z and in spaces and
// underscores. A pattern means all that it matches, compared in the same way.
class TagMatcher {
 public:
  explicit TagMatcher(const Vocabulary& vocabulary);

  std::vector<int32_t> matches(const TagPattern& tag) const;

  // Warns (kernels/base/warning.h), in one sentence, of the rules without a match and the nearest tags.
  void warn_of_unmatched(const RuleFile& rules) const;

 private:
  const Vocabulary& vocabulary_;
  std::vector<std::string> keys_;  // spelling_key() of each tag
};

// Whether the whole text matches: * stands for any characters, ? for one character of UTF-8.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace tagloom
