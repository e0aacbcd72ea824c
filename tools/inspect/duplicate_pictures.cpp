// Pictures with equal pixels are one node. Pairs of nodes that hashes propose are confirmed in blocks, whose greys are read in parallel.
#include "tools/inspect/duplicate_pictures.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>

#include "kernels/base/error.h"
#include "tools/inspect/near_hashes.h"
#include "tools/setup/parallel_rows.h"

namespace tagloom {
namespace {

constexpr size_t kMostCompared = 64, kPairsPerBlock = 4096, kMostGreys = 1 << 14;  // 64 MiB of greys

struct NearPair {
  int64_t a = 0, b = 0;  // pictures, a < b
  int bits = 0;
  bool mirrored = false;
};

// The first picture of each set of linked ones.
class LinkedPictures {
 public:
  explicit LinkedPictures(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), int64_t{0}); }
  int64_t first(int64_t i) {
    while (parent_[static_cast<size_t>(i)] != i)
      i = parent_[static_cast<size_t>(i)] = parent_[static_cast<size_t>(parent_[static_cast<size_t>(i)])];
    return i;
  }
  void link(int64_t a, int64_t b) {
    a = first(a);
    b = first(b);
    parent_[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
  }

 private:
  std::vector<int64_t> parent_;
};

// Links pictures with the same file or pixels, and records how.
void link_equal(const std::vector<PicturePrint>& pictures, LinkedPictures& linked,
                std::vector<std::optional<PictureCopy>>& copies) {
  std::unordered_map<uint64_t, int64_t> by_file, by_pixels;
  for (int64_t i = 0; i < static_cast<int64_t>(pictures.size()); ++i) {
    const PicturePrint& print = pictures[static_cast<size_t>(i)];
    if (!print.readable) continue;
    const auto file = by_file.emplace(print.file, i), pixels = by_pixels.emplace(print.pixels, i);
    if (file.second && pixels.second) continue;
    linked.link(i, file.second ? pixels.first->second : file.first->second);
    copies[static_cast<size_t>(i)] = {.picture = i, .kind = file.second ? CopyKind::kPixels : CopyKind::kFile};
  }
}

// Pairs of different pictures whose hashes are near, the nearest first.
std::vector<NearPair> proposed_pairs(const std::vector<PicturePrint>& pictures,
                                     const std::vector<std::optional<PictureCopy>>& copies, int64_t threads, Progress& progress) {
  std::vector<int64_t> nodes;
  std::vector<uint64_t> hashes;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (!pictures[i].readable || pictures[i].look.plain || copies[i]) continue;
    nodes.push_back(static_cast<int64_t>(i));
    hashes.push_back(pictures[i].look.hash);
  }
  const NearHashes index(hashes);
  std::vector<NearPair> pairs;
  std::mutex mutex;
  for_each_row(static_cast<int64_t>(nodes.size()), threads, progress, [&](int64_t node) {
    const int64_t picture = nodes[static_cast<size_t>(node)];
    const PictureLook& look = pictures[static_cast<size_t>(picture)].look;
    std::map<std::pair<int64_t, bool>, int> nearest;
    const auto search = [&](uint64_t hash, bool mirrored) {
      for (const NearHashes::Found& found : index.near(hash, kMostCompared + 1)) {
        if (found.index == node) continue;
        const auto [at, added] = nearest.emplace(std::pair(nodes[static_cast<size_t>(found.index)], mirrored), found.bits);
        if (!added) at->second = std::min(at->second, found.bits);
      }
    };
    search(look.hash, false);
    search(look.mirrored, true);
    for (const uint64_t hash : look.cropped) search(hash, false);
    std::vector<NearPair> mine;
    for (const auto& [other, bits] : nearest)
      mine.push_back({std::min(picture, other.first), std::max(picture, other.first), bits, other.second});
    std::stable_sort(mine.begin(), mine.end(), [](const NearPair& a, const NearPair& b) { return a.bits < b.bits; });
    if (mine.size() > kMostCompared) mine.resize(kMostCompared);
    const std::lock_guard lock(mutex);
    pairs.insert(pairs.end(), mine.begin(), mine.end());
  });
  const auto place = [](const NearPair& pair) { return std::tuple(pair.bits, pair.a, pair.b, pair.mirrored); };
  std::sort(pairs.begin(), pairs.end(), [&](const NearPair& a, const NearPair& b) { return place(a) < place(b); });
  pairs.erase(std::unique(pairs.begin(), pairs.end(), [&](const NearPair& a, const NearPair& b) { return place(a) == place(b); }),
              pairs.end());
  return pairs;
}

// Confirms pairs and links them.
class PairConfirmation {
 public:
  PairConfirmation(const ReadGreys& read, int64_t threads, LinkedPictures& linked,
                   std::vector<std::optional<PictureCopy>>& copies)
      : read_(read), threads_(threads), linked_(linked), copies_(copies), later_copies_(copies.size()) {}

  // Pairs that are linked already, through other copies, are not compared.
  void confirm(std::span<const NearPair> block, Progress& progress) {
    std::vector<NearPair> pairs;
    for (const NearPair& pair : block) {
      if (linked_.first(pair.a) != linked_.first(pair.b)) pairs.push_back(pair);
    }
    read_greys(pairs, progress);
    std::vector<Likeness> alike(pairs.size());
    for_each_row(static_cast<int64_t>(pairs.size()), threads_, progress, [&](int64_t i) {
      const NearPair& pair = pairs[static_cast<size_t>(i)];
      const auto &a = greys_.at(pair.a), &b = greys_.at(pair.b);
      if (a && b) alike[static_cast<size_t>(i)] = likeness(*a, *b, pair.mirrored);
    });
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (!alike[i].is_copy()) continue;
      linked_.link(pairs[i].a, pairs[i].b);
      for (const auto& [picture, copies] : {std::pair(pairs[i].b, &copies_), std::pair(pairs[i].a, &later_copies_)}) {
        std::optional<PictureCopy>& copy = (*copies)[static_cast<size_t>(picture)];
        if (!copy || copy->likeness < alike[i].coarse) copy = {picture, CopyKind::kNear, alike[i].coarse, pairs[i].mirrored};
      }
    }
  }

  // Pictures that are not the first of their group and only known as copies of later ones.
  void add_copies_of_later() {
    for (size_t i = 0; i < copies_.size(); ++i) {
      if (!copies_[i] && linked_.first(static_cast<int64_t>(i)) != static_cast<int64_t>(i)) copies_[i] = later_copies_[i];
    }
  }

 private:
  void read_greys(const std::vector<NearPair>& pairs, Progress& progress) {
    if (greys_.size() > kMostGreys) greys_.clear();
    std::vector<int64_t> wanted;
    for (const NearPair& pair : pairs) {
      for (const int64_t picture : {pair.a, pair.b}) {
        if (greys_.emplace(picture, std::nullopt).second) wanted.push_back(picture);
      }
    }
    for_each_row(static_cast<int64_t>(wanted.size()), threads_, progress, [&](int64_t i) {
      std::optional<PictureGreys>& greys = greys_.at(wanted[static_cast<size_t>(i)]);
      try {
        greys = read_(wanted[static_cast<size_t>(i)]);
      } catch (const Error&) {  // it has been removed since
      }
    });
  }

  const ReadGreys& read_;
  int64_t threads_;
  LinkedPictures& linked_;
  std::vector<std::optional<PictureCopy>>& copies_;
  std::vector<std::optional<PictureCopy>> later_copies_;
  std::unordered_map<int64_t, std::optional<PictureGreys>> greys_;
};

}  // namespace

std::vector<std::vector<PictureCopy>> duplicate_groups(const std::vector<PicturePrint>& pictures, const ReadGreys& greys,
                                                       const DuplicateOptions& options, Progress& progress) {
  LinkedPictures linked(pictures.size());
  std::vector<std::optional<PictureCopy>> copies(pictures.size());
  link_equal(pictures, linked, copies);
  if (options.near) {
    progress.start({.name = "compare"});
    const std::vector<NearPair> pairs = proposed_pairs(pictures, copies, options.threads, progress);
    PairConfirmation confirmation(greys, options.threads, linked, copies);
    for (size_t begin = 0; begin < pairs.size(); begin += kPairsPerBlock)
      confirmation.confirm(std::span(pairs).subspan(begin, std::min(kPairsPerBlock, pairs.size() - begin)), progress);
    confirmation.add_copies_of_later();
  }
  std::map<int64_t, std::vector<PictureCopy>> groups;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (!pictures[i].readable) continue;
    const auto picture = static_cast<int64_t>(i);
    groups[linked.first(picture)].push_back(copies[i].value_or(PictureCopy{.picture = picture}));
  }
  std::vector<std::vector<PictureCopy>> result;
  for (auto& [first, group] : groups) {
    if (group.size() > 1) result.push_back(std::move(group));
  }
  return result;
}

}  // namespace tagloom
