#pragma once
// The parts that `tagdata split` divides a dataset into: "train=0.8,val=0.1,test=0.1".
#include <string>
#include <vector>

namespace tagloom {

struct SplitPart {
  std::string name;
  double share = 0;  // of the pictures, 0 to 1
};

// Shares add up to 1 or to 100. Throws Error(kUsage) for anything else, for fewer than two parts, for a name twice, and for a name that
// cannot name a file.
std::vector<SplitPart> parse_parts(const std::string& text);

}  // namespace tagloom
