#pragma once
// The known word nearest to a mistyped one.
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// The candidate with the smallest edit distance to `word` (insertions, deletions, substitutions and swaps of
// neighbours count 1; upper and lower case are the same); empty where even that is farther than a third of
// the word's length (at least 1). Ties: the first candidate.
std::string closest_match(std::string_view word, const std::vector<std::string>& candidates);

// ` (did you mean "bicycle"?)`, or nothing where no candidate is near: the end of an error message.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tagloom
