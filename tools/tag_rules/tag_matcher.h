#pragma once
// Finds the tags of a vocabulary that a rule applies to.
#include <string_view>
#include <vector>

#include "engine/data/vocabulary.h"
#include "tools/tag_rules/rule_file.h"

namespace tagloom {

// A name matches the tag that equals it or, if there is none, all tags that differ only in the case of A to Z or in spaces and
// underscores. A pattern ignores these differences too.
class TagMatcher {
 public:
  explicit TagMatcher(const Vocabulary& vocabulary);

  std::vector<int32_t> matches(const TagPattern& tag) const;

  // Warns (kernels/base/warning.h) about rules without a match, in one sentence that suggests the most similar tags.
  void warn_of_unmatched(const RuleFile& rules) const;

 private:
  const Vocabulary& vocabulary_;
  std::vector<std::string> keys_;  // the spelling_key() of each tag
};

// Whether the whole text matches: * matches any characters, ? matches one UTF-8 character.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace tagloom
