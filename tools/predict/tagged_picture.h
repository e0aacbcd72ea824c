#pragma once
// A picture with the tags that a model gave it.
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

struct ScoredTag {
  std::string name;  // the word itself: Dog
  float score = 0;
  std::vector<std::string> parents = {};  // the tags above it in a hierarchy, topmost first: Animals
};

struct TaggedPicture {
  std::string path;
  std::vector<ScoredTag> tags;  // best first
};

// The tag below its parents: Animals|Dog; the name of a tag without parents.
std::string full_name(const ScoredTag& tag, std::string_view separator = "|");

}  // namespace tagloom
