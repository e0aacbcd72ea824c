#pragma once
// Finds tags that are probably one: they differ only in Unicode form (NFC or NFD), case, separators of words, or plural.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

struct CountedTag {
  std::string name;
  int64_t pictures = 0;
};

struct SimilarTags {
  std::vector<CountedTag> tags;     // the most frequent first: the one to keep
  std::vector<std::string> differ;  // "Unicode form", "case", "separators", "plural"
};

// Separators are spaces, hyphens and underscores: "sea side", "sea-side" and "seaside" are similar. A tag is a plural of another if it
// ends in s, es, ies for y, ves for f or fe, or men for man, and the other is in the list without it (at least three letters). The
// groups with most pictures come first.
std::vector<SimilarTags> similar_tags(const std::vector<CountedTag>& tags);

// The rules TAG = NAME that rename every similar tag to the one to keep, for tagpredict --rename.
std::string rules_of(const std::vector<SimilarTags>& groups);

}  // namespace tagloom
