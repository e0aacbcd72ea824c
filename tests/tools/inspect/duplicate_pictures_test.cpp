// Groups of copies, of pictures made of a few random waves.
#include "tools/inspect/duplicate_pictures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

struct Waves {
  int kind = 0;      // which waves
  double noise = 0;  // added to the greys
  bool mirrored = false;
};

PictureGreys drawn(const Waves& waves) {
  PictureGreys greys;
  for (int y = 0; y < kLookSide; ++y) {
    for (int x = 0; x < kLookSide; ++x) {
      const double across = waves.mirrored ? kLookSide - 1 - x : x;
      double value = 128;
      for (int k = 1; k <= 5; ++k)
        value +=
            22 * std::sin(across * std::fmod(waves.kind * 0.37 * k, 0.5) + y * std::fmod(waves.kind * 0.23 * k + 0.11, 0.5) + k);
      value += waves.noise * std::sin(x * 12.9898 + y * 78.233);
      greys[y * kLookSide + x] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  }
  return greys;
}

class DuplicatePictures : public testing::Test {
 protected:
  int64_t add(const Waves& waves, uint64_t file, uint64_t pixels) {
    greys_.push_back(drawn(waves));
    prints_.push_back({true, file, pixels, look_of(greys_.back())});
    return static_cast<int64_t>(prints_.size()) - 1;
  }
  // "0 2~ 3m" of each group: = the same file, # the same pixels, ~ near, m mirrored.
  std::vector<std::string> groups(bool near = true) {
    Progress progress;
    std::vector<std::string> result;
    for (const auto& group : duplicate_groups(
             prints_, [&](int64_t i) { return greys_.at(i); }, {.near = near, .threads = 2}, progress)) {
      std::string text;
      for (const PictureCopy& copy : group) {
        text += (text.empty() ? "" : " ") + std::to_string(copy.picture);
        if (&copy != &group[0])
          text += copy.kind == CopyKind::kFile ? "=" : copy.kind == CopyKind::kPixels ? "#" : copy.mirrored ? "m" : "~";
      }
      result.push_back(text);
    }
    return result;
  }

  std::vector<PicturePrint> prints_;
  std::vector<PictureGreys> greys_;
};

using Groups = std::vector<std::string>;

TEST_F(DuplicatePictures, AreGroupedByTheirClosestCopy) {
  add({1}, 10, 100);
  add({2}, 11, 101);
  add({1}, 10, 100);           // the same file as 0
  add({1}, 12, 100);           // the same pixels
  add({2, 12}, 13, 102);       // near 1
  add({3}, 14, 103);           // alone
  add({2, 0, true}, 15, 104);  // 1, mirrored
  EXPECT_EQ(groups(), (Groups{"0 2= 3#", "1 4~ 6m"}));
  EXPECT_EQ(groups(false), (Groups{"0 2= 3#"}));
}

TEST_F(DuplicatePictures, UnreadableAndPlainPicturesHaveNoNearCopies) {
  for (int i = 0; i < 3; ++i) add({5, i * 3.0}, 20 + i, 200 + i);
  prints_[1].readable = false;
  EXPECT_EQ(groups(), Groups{"0 2~"});
  prints_[2].look.plain = true;
  EXPECT_EQ(groups(), Groups{});
}

TEST_F(DuplicatePictures, APictureThatIsGoneIsNoCopy) {
  add({1}, 1, 1);
  add({1, 5}, 2, 2);
  Progress progress;
  const auto gone = [](int64_t) -> PictureGreys { fail(ErrorKind::kData, "gone"); };
  EXPECT_TRUE(duplicate_groups(prints_, gone, {}, progress).empty());
}

TEST_F(DuplicatePictures, ManyDifferentPicturesAreInNoGroup) {
  std::mt19937 random(3);
  for (uint64_t i = 0; i < 400; ++i) {  // of random blocks
    uint8_t blocks[64];
    for (uint8_t& grey : blocks) grey = static_cast<uint8_t>(random() % 256);
    PictureGreys greys;
    for (int p = 0; p < kLookSide * kLookSide; ++p) greys[p] = blocks[p / kLookSide / 8 * 8 + p % kLookSide / 8];
    greys_.push_back(greys);
    prints_.push_back({true, i, i, look_of(greys)});
  }
  EXPECT_EQ(groups(), Groups{});
}

}  // namespace
}  // namespace tagloom
