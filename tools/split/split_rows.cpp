#include "tools/split/split_rows.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "engine/io/hash.h"
#include "tools/split/stratify.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

int32_t part_at(double point, const std::vector<SplitPart>& parts) {
  double end = 0;
  for (size_t part = 0; part + 1 < parts.size(); ++part) {
    end += parts[part].share;
    if (point < end) return static_cast<int32_t>(part);
  }
  return static_cast<int32_t>(parts.size() - 1);
}

// Tags as their places in alphabetical order, so that the order of rows does not matter.
std::vector<int32_t> alphabetical_ranks(const std::vector<std::string>& names) {
  std::vector<int32_t> order(names.size()), ranks(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int32_t a, int32_t b) { return names[static_cast<size_t>(a)] < names[static_cast<size_t>(b)]; });
  for (size_t i = 0; i < order.size(); ++i) ranks[static_cast<size_t>(order[i])] = static_cast<int32_t>(i);
  return ranks;
}

// One item for each group, at the place of its first row.
std::vector<StratifyItem> stratify_items(const Manifest& manifest, const std::vector<uint64_t>& contents,
                                         const std::vector<int64_t>& group, uint64_t seed) {
  const std::vector<int32_t> ranks = alphabetical_ranks(manifest.tag_names);
  std::vector<StratifyItem> items(group.size());
  std::vector<uint64_t> smallest(contents);
  for (size_t row = 0; row < group.size(); ++row) {
    const auto first = static_cast<size_t>(group[row]);
    StratifyItem& item = items[first];
    item.pictures = first == row ? 1 : item.pictures + 1;
    smallest[first] = std::min(smallest[first], contents[row]);
    for (const int32_t tag : manifest.rows[row].tags) item.tags.push_back(ranks[static_cast<size_t>(tag)]);
  }
  for (size_t i = 0; i < items.size(); ++i) {
    std::sort(items[i].tags.begin(), items[i].tags.end());
    items[i].key = Hash64(seed).add_number(smallest[i]).digest();
  }
  return items;
}

int32_t kept_part(const Manifest& manifest, const fs::path& folder, size_t row, uint64_t content, const KeptParts& kept) {
  if (const auto found = kept.by_path.find(place_of(folder, std::string(manifest.rows[row].path))); found != kept.by_path.end())
    return found->second;
  const auto found = kept.by_content.find(content);
  return found == kept.by_content.end() ? -1 : found->second;
}

// Only the items that stand for groups: the first row of each.
void stratify_groups(std::vector<StratifyItem>& items, const std::vector<int64_t>& group, const SplitRule& rule, int64_t tags) {
  std::vector<StratifyItem> firsts;
  for (size_t i = 0; i < items.size(); ++i) {
    if (group[i] == static_cast<int64_t>(i)) firsts.push_back(std::move(items[i]));
  }
  std::vector<double> shares;
  for (const SplitPart& part : rule.parts) shares.push_back(part.share);
  stratify(firsts, shares, tags);
  for (size_t i = 0, next = 0; i < items.size(); ++i) {
    if (group[i] == static_cast<int64_t>(i)) items[i] = std::move(firsts[next++]);
  }
}

}  // namespace

std::string place_of(const fs::path& folder_of_manifest, const std::string& path) {
  return (folder_of_manifest / path).lexically_normal().string();
}

std::vector<int64_t> groups_of_copies(const std::vector<uint64_t>& contents) {
  std::unordered_map<uint64_t, int64_t> first;
  std::vector<int64_t> group(contents.size());
  for (size_t row = 0; row < contents.size(); ++row)
    group[row] = first.emplace(contents[row], static_cast<int64_t>(row)).first->second;
  return group;
}

SplitRows split_rows(const Manifest& manifest, const std::vector<uint64_t>& contents, const std::vector<int64_t>& group,
                     const SplitRule& rule) {
  std::vector<StratifyItem> items = stratify_items(manifest, contents, group, rule.seed);
  const fs::path folder = fs::weakly_canonical(fs::absolute(manifest.file).parent_path());
  std::vector<int32_t> earlier(group.size());
  for (size_t row = 0; row < group.size(); ++row) {
    earlier[row] = kept_part(manifest, folder, row, contents[row], rule.kept);
    StratifyItem& item = items[static_cast<size_t>(group[row])];
    if (item.part < 0) item.part = earlier[row];
  }
  if (rule.stratify) stratify_groups(items, group, rule, static_cast<int64_t>(manifest.tag_names.size()));

  SplitRows result;
  std::unordered_set<uint64_t> seen;
  for (size_t row = 0; row < group.size(); ++row) {
    const StratifyItem& item = items[static_cast<size_t>(group[row])];
    const double point = static_cast<double>(item.key >> 11) * 0x1p-53;
    result.part.push_back(item.part >= 0 ? item.part : part_at(point, rule.parts));
    const bool copy = !seen.insert(contents[row]).second;
    result.copies += copy;
    result.near_copies += !copy && group[row] != static_cast<int64_t>(row);
    result.kept += earlier[row] >= 0 && earlier[row] == result.part.back();
    result.moved += earlier[row] >= 0 && earlier[row] != result.part.back();
  }
  return result;
}

}  // namespace tagloom
