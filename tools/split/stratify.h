#pragma once
// Divides pictures with tags so that every part has its share of every tag: iterative stratification (Sechidis, Tsoumakas and Vlahavas,
// "On the Stratification of Multi-Label Data", ECML PKDD 2011).
#include <cstdint>
#include <vector>

namespace tagloom {

// What must stay together: one picture, or several copies of one.
struct StratifyItem {
  uint64_t key = 0;  // decides the order of items and ties between parts
  int64_t pictures = 1;
  std::vector<int32_t> tags;  // ids, in ascending order; one that several of its pictures have occurs several times
  int32_t part = -1;          // of an item that is assigned already
};

// Assigns a part to every item without one. `shares` add up to 1; `tags` is the number of tag ids. The result depends on the items'
// keys, but not on their order. Takes O(tags in all * (parts + log tags)).
//
// Until no item is left: takes the tag with the fewest items left, and gives each of them to the part that lacks most pictures of that tag
// (of those, most pictures; of those, a random one). Then, the items without tags go to the parts that lack most pictures.
void stratify(std::vector<StratifyItem>& items, const std::vector<double>& shares, int64_t tags);

}  // namespace tagloom
