#include "models/decoding/tag_order.h"

#include <algorithm>
#include <numeric>

#include "engine/data/sampler.h"
#include "kernels/base/error.h"

namespace tagloom {

void declare_order(SettingRows& model, SequenceOrder& order) {
  model.choice("order", order,
               "Order of a picture's tags in training: as in the data, by training count (rare_reversed: as frequent, with ties "
               "reversed), by the bytes of the name, by place in the vocabulary, or a new one each time.");
}

TagOrderer::TagOrderer(SequenceOrder order, const TagStatistics& tags) : order_(order) {
  if (order == SequenceOrder::kGiven || order == SequenceOrder::kRandom) return;
  std::vector<int32_t> list(tags.size());
  std::iota(list.begin(), list.end(), 0);
  const auto sort_by = [&list](auto comes_first) { std::stable_sort(list.begin(), list.end(), comes_first); };
  switch (order) {
    case SequenceOrder::kFrequent:
      sort_by([&](int32_t a, int32_t b) { return tags.counts[a] > tags.counts[b]; });
      break;
    case SequenceOrder::kRare:
    case SequenceOrder::kRareReversed:
      sort_by([&](int32_t a, int32_t b) { return tags.counts[a] < tags.counts[b]; });
      if (order == SequenceOrder::kRareReversed) std::reverse(list.begin(), list.end());
      break;
    case SequenceOrder::kLexicographic:  // std::string compares as unsigned bytes
      sort_by([&](int32_t a, int32_t b) { return tags.names[a] < tags.names[b]; });
      break;
    default:  // kDictionary: unchanged
      break;
  }
  place_.resize(list.size());
  for (size_t i = 0; i < list.size(); ++i) place_[list[i]] = static_cast<int32_t>(i);
}

std::vector<int32_t> TagOrderer::ordered(std::vector<int32_t> tags, RandomKey key) const {
  if (order_ == SequenceOrder::kRandom) {
    std::vector<int32_t> shuffled;
    for (int64_t from : permutation(static_cast<int64_t>(tags.size()), key)) shuffled.push_back(tags[from]);
    return shuffled;
  }
  if (!place_.empty()) {
    std::sort(tags.begin(), tags.end(), [this](int32_t a, int32_t b) { return place_[a] < place_[b]; });
  }
  return tags;
}

std::vector<std::vector<int32_t>> TagOrderer::ordered(const std::vector<std::vector<int32_t>>& tags,
                                                      const std::vector<int64_t>& index, RandomKey key) const {
  TL_CHECK(index.empty() || index.size() == tags.size(), "[tag_order] {} pictures, but {} indices", tags.size(), index.size());
  std::vector<std::vector<int32_t>> all;
  for (size_t i = 0; i < tags.size(); ++i) {
    const uint64_t picture = index.empty() ? i : static_cast<uint64_t>(index[i]);
    all.push_back(ordered(tags[i], {key.seed, random_stream(key.stream, picture)}));
  }
  return all;
}

}  // namespace tagloom
