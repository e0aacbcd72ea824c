#pragma once
// The order of a picture's tags in which sequence models are trained to name them.
//
//   kGiven          as in the data
//   kFrequent       most frequent in training first
//   kRare           rarest in training first
//   kRareReversed   kRare backwards: kFrequent with ties reversed (the released code of Jin and Nakayama, ICPR 2016)
//   kLexicographic  by the bytes of their names
//   kDictionary     by their place in the vocabulary
//   kRandom         a new order for each key
// Ties keep the vocabulary's order, except in kRareReversed.
#include <cstdint>
#include <vector>

#include "engine/settings/setting_table.h"
#include "kernels/base/philox.h"
#include "models/decoding/tag_statistics.h"

namespace tagloom {

enum class SequenceOrder { kGiven, kFrequent, kRare, kRareReversed, kLexicographic, kDictionary, kRandom };
template <>
inline constexpr auto kEnumNames<SequenceOrder> = names_of<SequenceOrder>({{SequenceOrder::kGiven, "given"},
                                                                           {SequenceOrder::kFrequent, "frequent"},
                                                                           {SequenceOrder::kRare, "rare"},
                                                                           {SequenceOrder::kRareReversed, "rare_reversed"},
                                                                           {SequenceOrder::kLexicographic, "lexicographic"},
                                                                           {SequenceOrder::kDictionary, "dictionary"},
                                                                           {SequenceOrder::kRandom, "random"}});
void declare_order(SettingRows& model, SequenceOrder& order);

class TagOrderer {
 public:
  TagOrderer(SequenceOrder order, const TagStatistics& tags);
  // Tag numbers of the vocabulary, each at most once; kRandom draws from `key`, which identifies the iteration and the picture.
  std::vector<int32_t> ordered(std::vector<int32_t> tags, RandomKey key = {}) const;
  // For each picture of a batch; kRandom draws from the stream of its index in the dataset, or of its place in the batch if
  // `index` is empty.
  std::vector<std::vector<int32_t>> ordered(const std::vector<std::vector<int32_t>>& tags, const std::vector<int64_t>& index,
                                            RandomKey key) const;

 private:
  SequenceOrder order_;
  std::vector<int32_t> place_;  // [V]: a tag with a smaller place is named earlier; empty for kGiven and kRandom
};

}  // namespace tagloom
