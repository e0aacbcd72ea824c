#pragma once
// A picture with the tags that a model gave it.
#include <string>
#include <vector>

namespace tagloom {

struct ScoredTag {
  std::string name;
  float score = 0;
};

struct TaggedPicture {
  std::string path;
  std::vector<ScoredTag> tags;  // best first
};

}  // namespace tagloom
