// Crops, flips and fingerprints of the transform.
#include "engine/data/transform.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/data/resize.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Resize = Resize;
using Crop = Crop;

std::vector<uint8_t> transformed(const TransformOptions& settings, const Image& image, bool training, RandomKey key = {}) {
  std::vector<uint8_t> out(static_cast<size_t>(settings.size) * settings.size * 3);
  apply(settings, image, training, key, out);
  return out;
}

std::vector<uint8_t> mirrored(const std::vector<uint8_t>& pixels, int size) {
  std::vector<uint8_t> out(pixels.size());
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      for (int c = 0; c < 3; ++c) out[(y * size + x) * 3 + c] = pixels[(y * size + size - 1 - x) * 3 + c];
  return out;
}

TEST(Transform, SquashKeepsTheWholePicture) {
  const Image image = test::make_picture(30, 20);
  EXPECT_EQ(transformed({.size = 16}, image, true), resize_image(image, 16, 16).rgb);
  EXPECT_EQ(transformed({.size = 16}, image, false), resize_image(image, 16, 16).rgb);
}

TEST(Transform, RandomCropsAreWindowsAndReachEveryPosition) {
  const Image image = test::make_picture(30, 20);
  const TransformOptions settings{.size = 8, .short_side = 10, .crop = Crop::kRandom};
  const Image resized = resize_image(image, 10, 10);
  std::set<std::string> windows;
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 3; ++x) {
      std::string window;
      for (int row = 0; row < 8; ++row) {
        window.append(reinterpret_cast<const char*>(&resized.rgb[((y + row) * 10 + x) * 3]), 24);
      }
      windows.insert(window);
    }
  ASSERT_EQ(windows.size(), 9u);
  std::set<std::string> seen;
  for (uint64_t stream = 0; stream < 200; ++stream) {
    const std::vector<uint8_t> pixels = transformed(settings, image, true, {7, stream});
    seen.emplace(pixels.begin(), pixels.end());
  }
  EXPECT_EQ(seen, windows);
}

TEST(Transform, EvaluationCropsTheCentreForAnyKey) {
  const Image image = test::make_picture(40, 20);
  const TransformOptions settings{.size = 8, .resize = Resize::kShortSide, .short_side = 10, .crop = Crop::kRandom, .flip = true};
  std::vector<uint8_t> expected(8 * 8 * 3);
  resize_image(image, {20, 10, 6, 1, 8, 8}, expected);
  EXPECT_EQ(transformed(settings, image, false, {1, 2}), expected);
  EXPECT_EQ(transformed(settings, image, false, {3, 4}), expected);
}

TEST(Transform, FlipMirrorsAboutHalfThePictures) {
  const Image image = test::make_picture(30, 20);
  const std::vector<uint8_t> straight = resize_image(image, 16, 16).rgb;
  const std::vector<uint8_t> flipped = mirrored(straight, 16);
  ASSERT_NE(straight, flipped);
  int flips = 0;
  for (uint64_t stream = 0; stream < 400; ++stream) {
    const std::vector<uint8_t> out = transformed({.size = 16, .flip = true}, image, true, {3, stream});
    ASSERT_TRUE(out == straight || out == flipped);
    flips += out == flipped;
  }
  EXPECT_GT(flips, 150);
  EXPECT_LT(flips, 250);
}

TEST(Transform, TheSameKeyGivesTheSamePixels) {
  const Image image = test::make_picture(50, 40);
  const TransformOptions settings{.size = 16, .short_side = 24, .crop = Crop::kRandom, .flip = true};
  EXPECT_EQ(transformed(settings, image, true, {5, 6}), transformed(settings, image, true, {5, 6}));
}

TEST(Transform, ReportsWhetherItIsDeterministic) {
  EXPECT_TRUE(deterministic({}, true));
  EXPECT_FALSE(deterministic({.flip = true}, true));
  EXPECT_FALSE(deterministic({.crop = Crop::kRandom}, true));
  EXPECT_TRUE(deterministic({.crop = Crop::kRandom, .flip = true}, false));
}

TEST(Transform, FingerprintsDifferWherePixelsDo) {
  const std::vector<TransformOptions> all = {
      {.size = 256},
      {.resize = Resize::kShortSide},
      {.resize = Resize::kShortSide, .short_side = 300},
      {.crop = Crop::kRandom},
      {.flip = true},
      {.interpolation = Interpolation::kBicubic},
      {.jpeg_scaling = JpegScaling::kOff},
      {.jpeg_scaling = JpegScaling::kCareful},
      {.jpeg_scaling = JpegScaling::kFast},
  };
  std::set<std::string> training;
  for (const TransformOptions& settings : all) training.insert(fingerprint(settings, true));
  EXPECT_EQ(training.size(), all.size());
  // Unused settings are not included: a cache stays valid if only training's flip changes.
  EXPECT_EQ(fingerprint({.flip = true}, false), fingerprint({}, true));
  EXPECT_EQ(fingerprint({.short_side = 300}, true), fingerprint({}, true));
}

TEST(Transform, LeastSideLeavesEnoughPixels) {
  EXPECT_EQ(least_side({.jpeg_scaling = JpegScaling::kFast}), 224);
  EXPECT_EQ(least_side({.resize = Resize::kShortSide, .jpeg_scaling = JpegScaling::kFast}), 256);
  EXPECT_EQ(least_side({.crop = Crop::kRandom, .jpeg_scaling = JpegScaling::kFast}), 256);
  EXPECT_EQ(least_side({.jpeg_scaling = JpegScaling::kCareful}), 448);
  EXPECT_EQ(least_side({.resize = Resize::kShortSide, .jpeg_scaling = JpegScaling::kCareful}), 512);
  EXPECT_EQ(least_side({.jpeg_scaling = JpegScaling::kOff}), 0);
}

TEST(Transform, RejectsInvalidSettings) {
  EXPECT_EQ(test::usage_error([] { check(TransformOptions{.size = 0}); }), "transform.size must be 1 to 8192, got 0");
  EXPECT_EQ(test::usage_error([] { check(TransformOptions{.resize = Resize::kShortSide, .short_side = 100}); }),
            "transform.short_side must be 224 (transform.size) to 8192, got 100");
  EXPECT_NO_THROW(check(TransformOptions{.short_side = 100}));  // unused with squash and a centre crop
}

TEST(Transform, ExtremeProportionsAreCheap) {
  Image strip{60000, 1, std::vector<uint8_t>(180000, 200)};
  const TransformOptions settings{.size = 32, .resize = Resize::kShortSide, .short_side = 64};
  EXPECT_EQ(transformed(settings, strip, false), std::vector<uint8_t>(32 * 32 * 3, 200));
  std::swap(strip.width, strip.height);
  EXPECT_EQ(transformed({.size = 32}, strip, false), std::vector<uint8_t>(32 * 32 * 3, 200));
}

}  // namespace
}  // namespace tagloom
