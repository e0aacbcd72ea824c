#include "tools/split/stratify.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "engine/io/hash.h"

namespace tagloom {
namespace {

// How many more pictures each part should have: of each tag, and in all.
class Wanted {
 public:
  Wanted(const std::vector<StratifyItem>& items, const std::vector<double>& shares, int64_t tags)
      : parts_(shares.size()), of_tag_(static_cast<size_t>(tags) * shares.size()), pictures_(shares.size()) {
    for (const StratifyItem& item : items) {
      for (size_t part = 0; part < parts_; ++part) add(item, part, shares[part]);
    }
    for (const StratifyItem& item : items) {
      if (item.part >= 0) take(item);
    }
  }

  void take(const StratifyItem& item) { add(item, static_cast<size_t>(item.part), -1); }

  // The part that lacks most pictures of the tag (-1: most pictures).
  int32_t neediest(const StratifyItem& item, int32_t tag) const {
    const auto need = [&](int32_t part) {
      const auto p = static_cast<size_t>(part);
      const double of_tag = tag < 0 ? 0 : of_tag_[static_cast<size_t>(tag) * parts_ + p];
      return std::make_pair(rounded(of_tag), rounded(pictures_[p]));
    };
    const auto draw = [&](int32_t part) { return Hash64(item.key).add_number(static_cast<uint64_t>(part)).digest(); };
    int32_t best = 0;
    for (int32_t part = 1; part < static_cast<int32_t>(parts_); ++part) {
      if (need(part) > need(best) || (need(part) == need(best) && draw(part) > draw(best))) best = part;
    }
    return best;
  }

 private:
  // Sums of shares that are equal differ in their last bits.
  static int64_t rounded(double pictures) { return static_cast<int64_t>(pictures * 1e6 + (pictures < 0 ? -0.5 : 0.5)); }

  void add(const StratifyItem& item, size_t part, double factor) {
    for (const int32_t tag : item.tags) of_tag_[static_cast<size_t>(tag) * parts_ + part] += factor;
    pictures_[part] += factor * static_cast<double>(item.pictures);
  }

  size_t parts_;
  std::vector<double> of_tag_;  // [tag][part]
  std::vector<double> pictures_;
};

}  // namespace

void stratify(std::vector<StratifyItem>& items, const std::vector<double>& shares, int64_t tags) {
  Wanted wanted(items, shares, tags);
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return items[a].key < items[b].key; });

  std::vector<std::vector<size_t>> items_of(static_cast<size_t>(tags));  // without a part, in the order of their keys
  for (const size_t i : order) {
    if (items[i].part >= 0) continue;
    for (const int32_t tag : items[i].tags) {
      std::vector<size_t>& of_tag = items_of[static_cast<size_t>(tag)];
      if (of_tag.empty() || of_tag.back() != i) of_tag.push_back(i);
    }
  }
  std::vector<int64_t> left(static_cast<size_t>(tags));
  std::set<std::pair<int64_t, int32_t>> rarest;  // {items left, tag}
  for (int32_t tag = 0; tag < tags; ++tag) {
    left[static_cast<size_t>(tag)] = static_cast<int64_t>(items_of[static_cast<size_t>(tag)].size());
    if (left[static_cast<size_t>(tag)] > 0) rarest.emplace(left[static_cast<size_t>(tag)], tag);
  }
  const auto take_one_of = [&](int32_t tag) {
    int64_t& number = left[static_cast<size_t>(tag)];
    rarest.erase({number, tag});
    if (--number > 0) rarest.emplace(number, tag);
  };
  while (!rarest.empty()) {
    const int32_t tag = rarest.begin()->second;
    for (const size_t i : items_of[static_cast<size_t>(tag)]) {
      StratifyItem& item = items[i];
      if (item.part >= 0) continue;
      item.part = wanted.neediest(item, tag);
      wanted.take(item);
      for (size_t k = 0; k < item.tags.size(); ++k) {
        if (k == 0 || item.tags[k] != item.tags[k - 1]) take_one_of(item.tags[k]);
      }
    }
  }
  for (const size_t i : order) {
    if (items[i].part >= 0) continue;
    items[i].part = wanted.neediest(items[i], -1);
    wanted.take(items[i]);
  }
}

}  // namespace tagloom
