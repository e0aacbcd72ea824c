// What pictures show: the hash against its formula, and copies of drawn scenes.
#include "tools/inspect/picture_look.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "engine/data/resize.h"
#include "tools/scenes/scene.h"
#include "tools/scenes/write.h"

#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

constexpr int kScenes = 60;

// Scenes of 160 pixels.
const std::vector<Image>& scenes() {
  static const std::vector<Image> images = [] {
    const test::TemporaryFolder folder;
    ScenesOptions options;
    options.out = folder / "scenes";
    options.images = kScenes;
    options.side = 160;
    options.seed = 11;
    write_scenes(options);
    std::vector<Image> all;
    for (int i = 0; i < kScenes; ++i) {
      char name[64];
      std::snprintf(name, sizeof name, "scenes/images/%06d.jpg", i);
      all.push_back(decode_image(folder / name));
    }
    return all;
  }();
  return images;
}

Image cut(const Image& image, int left, int top, int width, int height) {
  Image part{width, height, {}};
  for (int y = 0; y < height; ++y) {
    const auto row = image.rgb.begin() + 3 * ((top + y) * image.width + left);
    part.rgb.insert(part.rgb.end(), row, row + 3 * width);
  }
  return part;
}

Image mirrored(const Image& image) {
  Image out = image;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c)
        out.rgb[3 * (y * image.width + x) + c] = image.rgb[3 * (y * image.width + image.width - 1 - x) + c];
    }
  }
  return out;
}

TEST(PictureLook, HashIsTheSignsOfTheCosineTransform) {
  for (int n = 0; n < 10; ++n) {
    const PictureGreys greys = greys_of(scenes()[n]);
    std::vector<double> values;
    for (int v = 1; v <= 8; ++v) {
      for (int u = 1; u <= 8; ++u) {
        double sum = 0;
        for (int y = 0; y < 32; ++y) {
          for (int x = 0; x < 32; ++x) {
            const uint8_t* p = greys.data() + 2 * y * 64 + 2 * x;  // the mean of 2 x 2
            sum += (p[0] + p[1] + p[64] + p[65]) / 4.0 * std::cos(std::numbers::pi * (2 * x + 1) * u / 64) *
                   std::cos(std::numbers::pi * (2 * y + 1) * v / 64);
          }
        }
        values.push_back(sum);
      }
    }
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    uint64_t expected = 0;
    for (size_t i = 0; i < 64; ++i) expected |= uint64_t{values[i] >= sorted[32]} << i;
    EXPECT_EQ(look_of(greys).hash, expected) << n;
  }
}

TEST(PictureLook, MirroredHashIsThatOfTheMirroredPicture) {
  for (const Image& image : scenes()) {
    const PictureLook look = look_of(greys_of(image)), other = look_of(greys_of(mirrored(image)));
    EXPECT_LE(std::popcount(look.mirrored ^ other.hash), 2);
    EXPECT_LE(std::popcount(look.hash ^ other.mirrored), 2);
    EXPECT_FALSE(look.plain);
  }
}

TEST(PictureLook, APictureOfOneColourIsPlain) {
  Image grey{90, 60, std::vector<uint8_t>(90 * 60 * 3, 128)};
  EXPECT_TRUE(look_of(greys_of(grey)).plain);
  const PictureGreys greys = greys_of(grey);
  EXPECT_FALSE(likeness(greys, greys, false).is_copy()) << "nothing to compare";
}

TEST(PictureLook, CopiesAreLikeTheirOriginal) {
  for (const Image& image : scenes()) {
    const PictureGreys greys = greys_of(image);
    const Image saved = decode_image(encode_jpeg(image, 40), "saved"), small = resize_image(image, 70, 80);
    EXPECT_TRUE(likeness(greys, greys_of(saved), false).is_copy());
    EXPECT_TRUE(likeness(greys, greys_of(small), false).is_copy());
    EXPECT_TRUE(likeness(greys, greys_of(cut(image, 7, 0, 150, 154)), false).is_copy());
    EXPECT_TRUE(likeness(greys_of(cut(image, 7, 3, 150, 154)), greys, false).is_copy());
    EXPECT_TRUE(likeness(greys, greys_of(mirrored(image)), true).is_copy());
  }
}

TEST(PictureLook, DifferentScenesAreNotCopies) {
  for (int a = 0; a < kScenes; ++a) {
    for (int b = 0; b < a; ++b) {
      if ((a * 31 + b) % 7 != 0) continue;
      EXPECT_FALSE(likeness(greys_of(scenes()[a]), greys_of(scenes()[b]), b % 2 == 1).is_copy()) << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace tagloom
