// Decodes all kinds of TIFF files, which libtiff writes from literal samples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/data/image.h"
#include "engine/data/picture_kinds.h"
#include "tests/engine/data/encoded_pictures.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using test::make_tiff;
using test::TiffParts;
using Bytes = std::vector<uint8_t>;
using Values = std::vector<uint16_t>;

class ImageTiff : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_picture_extension(".tif")) GTEST_SKIP() << "not decoded by this build";
  }
  static Bytes rgb(const TiffParts& parts) { return decode_image(make_tiff(parts), "a.tif").rgb; }
};

// The same picture in strips, tiles and planes, with each compression and byte order, in 8 and 16 bits.
TEST_F(ImageTiff, ReadsEveryLayout) {
  const Image image = test::make_picture(75, 50);
  Values deep;
  for (const uint8_t value : image.rgb) deep.push_back(static_cast<uint16_t>(value * 257 + (value < 128 ? 100 : -100)));
  for (const int bits : {8, 16}) {
    TiffParts parts{
        .width = 75, .height = 50, .bits = bits, .values = bits == 16 ? deep : Values(image.rgb.begin(), image.rgb.end())};
    for (const int compression : {1, 5, 8, 32773}) {
      for (const bool planar : {false, true}) {
        for (const auto& [rows, tile] : {std::pair{0, 0}, {7, 0}, {0, 16}, {0, 128}}) {
          for (const char* mode : {"wl", "wb", "w8"}) {
            SCOPED_TRACE(testing::Message() << bits << " bits, compression " << compression << ", planar " << planar << ", rows "
                                            << rows << ", tile " << tile << ", " << mode);
            parts.compression = compression;
            parts.planar = planar;
            parts.rows_per_strip = rows;
            parts.tile = tile;
            parts.mode = mode;
            ASSERT_TRUE(rgb(parts) == image.rgb);
          }
        }
      }
    }
  }
}

TEST_F(ImageTiff, ReadsGreyOfAnyDepth) {
  EXPECT_EQ(rgb({.width = 3, .height = 1, .samples = 1, .photometric = 1, .values = {0, 77, 255}}),
            (Bytes{0, 0, 0, 77, 77, 77, 255, 255, 255}));
  EXPECT_EQ(rgb({.width = 3, .height = 1, .samples = 1, .photometric = 0, .values = {0, 77, 255}}),
            (Bytes{255, 255, 255, 178, 178, 178, 0, 0, 0}));
  EXPECT_EQ(rgb({.width = 3, .height = 2, .bits = 1, .samples = 1, .photometric = 1, .values = {1, 0, 1, 0, 0, 1}}),
            (Bytes{255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255}));
  EXPECT_EQ(rgb({.width = 3, .height = 1, .bits = 4, .samples = 1, .photometric = 1, .values = {0, 5, 15}}),
            (Bytes{0, 0, 0, 85, 85, 85, 255, 255, 255}));
  EXPECT_EQ(rgb({.width = 3, .height = 1, .bits = 12, .samples = 1, .photometric = 1, .values = {0, 2048, 4095}}),
            (Bytes{0, 0, 0, 128, 128, 128, 255, 255, 255}));
}

// round(v / 257): 0x0181 = 385 is 1.498, 0x0182 = 386 is 1.502.
TEST_F(ImageTiff, RoundsSixteenBits) {
  EXPECT_EQ(rgb({.width = 2, .height = 1, .bits = 16, .values = {0, 0x181, 0x182, 0xFFFF, 0x8000, 0xFEFF}}),
            (Bytes{0, 1, 2, 255, 128, 254}));
}

TEST_F(ImageTiff, LooksUpPalettes) {
  Values palette(3 * 256);
  for (int i = 0; i < 256; ++i) {
    palette[static_cast<size_t>(i)] = static_cast<uint16_t>(i * 257);
    palette[static_cast<size_t>(256 + i)] = static_cast<uint16_t>((255 - i) * 257);
    palette[static_cast<size_t>(512 + i)] = 0x182;
  }
  const TiffParts parts{.width = 2, .height = 1, .samples = 1, .photometric = 3, .values = {10, 200}, .palette = palette};
  EXPECT_EQ(rgb(parts), (Bytes{10, 245, 2, 200, 55, 2}));
  TiffParts old = parts;  // an 8-bit palette
  for (uint16_t& value : old.palette) value = static_cast<uint16_t>(value >> 8);
  EXPECT_EQ(rgb(old), (Bytes{10, 245, 1, 200, 55, 1}));
}

// As in the JPEG test: no ink is white, full cyan absorbs red, black absorbs everything.
TEST_F(ImageTiff, ConvertsCmyk) {
  const Values ink = {0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 51, 102, 0, 128};
  const Bytes expected = {255, 255, 255, 0, 255, 255, 255, 0, 255, 255, 255, 0, 0, 0, 0, 102, 76, 127};
  EXPECT_EQ(rgb({.width = 6, .height = 1, .samples = 4, .photometric = 5, .values = ink}), expected);
  Values deep;
  for (const uint16_t value : ink) deep.push_back(static_cast<uint16_t>(value * 257));
  EXPECT_EQ(rgb({.width = 6, .height = 1, .bits = 16, .samples = 4, .photometric = 5, .values = deep}), expected);
  EXPECT_EQ(rgb({.width = 6, .height = 1, .samples = 4, .photometric = 5, .values = ink, .planar = true}), expected);
}

TEST_F(ImageTiff, BlendsTransparencyWithWhite) {
  const Values straight = {100, 100, 100, 255, 100, 100, 100, 0, 100, 100, 100, 51, 0, 100, 255, 128};
  const Values associated = {100, 100, 100, 255, 0, 0, 0, 0, 20, 20, 20, 51, 0, 50, 128, 128};
  const Bytes expected = {100, 100, 100, 255, 255, 255, 224, 224, 224, 127, 177, 255};
  EXPECT_EQ(rgb({.width = 4, .height = 1, .samples = 4, .values = straight, .alpha = 2}), expected);
  EXPECT_EQ(rgb({.width = 4, .height = 1, .samples = 4, .values = associated, .alpha = 1}), expected);
  EXPECT_EQ(rgb({.width = 1, .height = 1, .samples = 2, .photometric = 1, .values = {100, 51}, .alpha = 2}),
            (Bytes{224, 224, 224}));
  EXPECT_EQ(rgb({.width = 1, .height = 1, .bits = 16, .samples = 2, .photometric = 1, .values = {0, 0x8000}, .alpha = 2}),
            (Bytes{127, 127, 127}));
}

TEST_F(ImageTiff, ReadsJpegStrips) {
  const Image image = test::make_picture(64, 48);
  TiffParts parts{.width = 64, .height = 48, .photometric = 6, .values = {image.rgb.begin(), image.rgb.end()}, .compression = 7};
  for (const int rows : {0, 16}) {
    parts.rows_per_strip = rows;
    const Bytes read = rgb(parts);
    for (size_t i = 0; i < read.size(); ++i) ASSERT_NEAR(read[i], image.rgb[i], 14) << i;
  }
}

TEST_F(ImageTiff, ReadsTheFirstPage) {
  const Image image = test::make_picture(20, 10);
  EXPECT_EQ(rgb({.width = 20, .height = 10, .values = {image.rgb.begin(), image.rgb.end()}, .pages = 3}), image.rgb);
}

TEST_F(ImageTiff, ConvertsLab) {
  const Bytes colours = rgb({.width = 2, .height = 1, .photometric = 8, .values = {255, 0, 0, 0, 0, 0}});  // white and black
  for (size_t i = 0; i < 3; ++i) EXPECT_GE(colours[i], 200);
  for (size_t i = 3; i < 6; ++i) EXPECT_LE(colours[i], 5);
}

TEST_F(ImageTiff, RejectsTilesBeyondMemory) {
  Bytes file = make_tiff({.width = 32, .height = 32, .samples = 1, .photometric = 1, .values = Values(32 * 32, 7), .tile = 16});
  for (size_t at = 0; at + 12 <= file.size(); ++at) {
    if (file[at + 1] == 1 && (file[at] == 0x42 || file[at] == 0x43) && file[at + 2] == 3) {  // TileWidth and TileLength, as SHORT
      file[at + 8] = 0xF0;
      file[at + 9] = 0xFF;
    }
  }
  EXPECT_THAT(test::data_error([&] { decode_image(file, "a.tif"); }), testing::HasSubstr("MB to decode"));
}

}  // namespace
}  // namespace tagloom
