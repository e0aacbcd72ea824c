#pragma once
// Reads files of rules for tags, one rule per line.
//
//   # a comment, also after a rule and a space
//   dog = Animals|Dog, Pets     a tag and its names; | separates the levels of a hierarchy
//   "a, b = c" = "x|y"          a quoted name may contain anything; a quote in it is doubled
//
// Texts are UTF-8 without control characters. Spaces around a name are stripped. Empty lines are skipped.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

// The name or pattern of tags. If it is not quoted, * matches any characters and ? matches one.
struct TagPattern {
  std::string text;
  bool quoted = false;

  bool is_glob() const { return !quoted && text.find_first_of("*?") != std::string::npos; }
};

using TagLevels = std::vector<std::string>;  // the levels of a name, topmost first; a plain name has one

struct TagRule {
  TagPattern tag;
  std::vector<TagLevels> names = {};  // for --rename and --alias
  float score = 0;                    // for --min-score
  int64_t line = 0;                   // from 1
};

struct RuleFile {
  std::string file;
  std::vector<TagRule> rules;
};

// All throw Error(kData) with the file and, for an invalid rule, its line: "names.txt:3: ...".
RuleFile read_tag_list(const std::string& file);    // one pattern per line: --include, --exclude
RuleFile read_tag_names(const std::string& file);   // TAG = NAME, NAME: --rename, --alias
RuleFile read_tag_scores(const std::string& file);  // PATTERN = NUMBER: --min-score

}  // namespace tagloom
