// Picture codecs: every kind of file, orientations, truncation and damage.
#include "engine/data/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <thread>

#include "engine/data/codecs/image_codecs.h"
#include "kernels/base/error.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using test::data_error;
using test::make_png;
using test::PngParts;
using Bytes = std::vector<uint8_t>;

Image decode(const Bytes& bytes, int least_side = 0) { return decode_image(bytes, "a.x", least_side); }

void expect_close(const Image& actual, const Image& expected, int tolerance) {
  ASSERT_EQ(actual.width, expected.width);
  ASSERT_EQ(actual.height, expected.height);
  ASSERT_EQ(actual.rgb.size(), expected.rgb.size());
  for (size_t i = 0; i < actual.rgb.size(); ++i)
    ASSERT_LE(std::abs(actual.rgb[i] - expected.rgb[i]), tolerance)
        << "pixel " << i / 3 << " channel " << i % 3 << ": " << +actual.rgb[i] << " vs " << +expected.rgb[i];
}

TEST(ImageJpeg, RoundTripKeepsColours) {
  const Image image = test::make_picture(67, 45);
  expect_close(decode(encode_jpeg(image, 98)), image, 12);
}

TEST(ImageJpeg, ReadsProgressiveFiles) {
  const Image image = test::make_picture(64, 48);
  expect_close(decode(test::make_progressive_jpeg(image)), image, 12);
}

TEST(ImageJpeg, RepeatsGrey) {
  const Image image = decode(test::make_grey_jpeg(8, 8, Bytes(64, 77)));
  EXPECT_EQ(image.rgb, Bytes(8 * 8 * 3, 77));
}

// Printer's ink, 255 is full: no ink is white, full cyan absorbs red, black absorbs everything.
TEST(ImageJpeg, ReadsEveryKindOfFourChannels) {
  struct Colour {
    uint8_t ink[4];
    uint8_t rgb[3];
  };
  const Colour colours[] = {
      {{0, 0, 0, 0}, {255, 255, 255}}, {{255, 0, 0, 0}, {0, 255, 255}}, {{0, 255, 0, 0}, {255, 0, 255}},
      {{0, 0, 255, 0}, {255, 255, 0}}, {{0, 0, 0, 255}, {0, 0, 0}},     {{51, 102, 0, 128}, {102, 76, 127}},
  };
  for (const test::FourChannels kind :
       {test::FourChannels::kPlainCmyk, test::FourChannels::kAdobeCmyk, test::FourChannels::kAdobeYcck}) {
    for (const Colour& colour : colours) {
      Bytes ink;
      for (int i = 0; i < 256; ++i) ink.insert(ink.end(), colour.ink, colour.ink + 4);
      const Image image = decode(test::make_four_channel_jpeg(16, 16, ink, kind));
      Image expected{16, 16, {}};
      for (int i = 0; i < 256; ++i) expected.rgb.insert(expected.rgb.end(), colour.rgb, colour.rgb + 3);
      SCOPED_TRACE(static_cast<int>(kind));
      expect_close(image, expected, 4);
    }
  }
}

TEST(ImageJpeg, ScalesDownToTheRequestedSide) {
  const Bytes jpeg = encode_jpeg(test::make_picture(101, 80), 95);
  EXPECT_EQ(decode(jpeg, 0).width, 101);
  EXPECT_EQ(decode(jpeg, 41).height, 80);
  EXPECT_EQ(decode(jpeg, 40).height, 40);
  EXPECT_EQ(decode(jpeg, 40).width, 51);
  EXPECT_EQ(decode(jpeg, 21).height, 40);
  EXPECT_EQ(decode(jpeg, 20).height, 20);
  EXPECT_EQ(decode(jpeg, 20).width, 26);
  EXPECT_EQ(decode(jpeg, 1).height, 20);  // never 1/8: 1/4 is the smallest scale
}

// Corner colours as displayed: red top left, green top right, blue bottom left, white bottom right.
TEST(ImageJpeg, AppliesEveryOrientation) {
  const uint8_t corner[2][2][3] = {{{250, 10, 10}, {10, 250, 10}}, {{10, 10, 250}, {250, 250, 250}}};
  const auto shown = [&](int y, int x, int height, int width) { return corner[2 * y / height][2 * x / width]; };
  constexpr int kWidth = 64, kHeight = 32;  // as displayed
  for (int orientation = 1; orientation <= 8; ++orientation) {
    // The displayed positions of the stored picture's row 0 and column 0 (EXIF 2.3, tag 0x0112).
    const char* row0[] = {"", "top", "top", "bottom", "bottom", "left", "right", "right", "left"};
    const char* column0[] = {"", "left", "right", "right", "left", "top", "top", "bottom", "bottom"};
    const bool exchanged = orientation >= 5;
    Image stored{exchanged ? kHeight : kWidth, exchanged ? kWidth : kHeight, {}};
    for (int y = 0; y < stored.height; ++y)
      for (int x = 0; x < stored.width; ++x) {
        int shown_x = 0, shown_y = 0;
        for (const auto& [side, distance] : {std::pair{row0[orientation], y}, {column0[orientation], x}}) {
          if (!std::strcmp(side, "top")) shown_y = distance;
          if (!std::strcmp(side, "bottom")) shown_y = kHeight - 1 - distance;
          if (!std::strcmp(side, "left")) shown_x = distance;
          if (!std::strcmp(side, "right")) shown_x = kWidth - 1 - distance;
        }
        const uint8_t* colour = shown(shown_y, shown_x, kHeight, kWidth);
        stored.rgb.insert(stored.rgb.end(), colour, colour + 3);
      }
    for (const bool big_endian : {false, true}) {
      SCOPED_TRACE(testing::Message() << "orientation " << orientation << " big endian " << big_endian);
      const Image image = decode(test::with_orientation(encode_jpeg(stored, 98), orientation, big_endian));
      ASSERT_EQ(image.width, kWidth);
      ASSERT_EQ(image.height, kHeight);
      for (int y : {4, 27})
        for (int x : {4, 59})
          for (int c = 0; c < 3; ++c)
            ASSERT_NEAR(image.rgb[(y * kWidth + x) * 3 + c], shown(y, x, kHeight, kWidth)[c], 12) << y << "," << x;
    }
  }
}

TEST(ImageJpeg, IgnoresInvalidOrientations) {
  const Image image = test::make_picture(32, 16);
  const Bytes jpeg = encode_jpeg(image, 95);
  for (int orientation : {0, 9, 700}) EXPECT_EQ(decode(test::with_orientation(jpeg, orientation, false)).rgb, decode(jpeg).rgb);
  const Bytes good = test::with_orientation(jpeg, 6, true);
  const std::span<const uint8_t> segment(good.data() + 6, (good[4] << 8 | good[5]) - 2);
  ASSERT_EQ(exif_orientation(segment), 6);
  for (size_t size = 0; size < 40; ++size) EXPECT_EQ(exif_orientation(segment.first(size)), 1) << size;
  Bytes far(segment.begin(), segment.end());
  far[6 + 4] = 0xFF;  // the directory is out of bounds
  EXPECT_EQ(exif_orientation(far), 1);
}

TEST(ImageJpeg, RejectsTruncationAnywhere) {
  const Bytes jpeg = encode_jpeg(test::make_picture(64, 48), 90);
  for (size_t size : {jpeg.size() - 2, jpeg.size() - 20, jpeg.size() / 2, size_t{300}, size_t{20}, size_t{2}}) {
    const Bytes cut(jpeg.begin(), jpeg.begin() + size);
    EXPECT_THAT(data_error([&] { decode(cut); }), testing::StartsWith("a.x: is a damaged or unreadable JPEG: ")) << size;
  }
  EXPECT_EQ(data_error([&] { decode(Bytes(jpeg.begin(), jpeg.begin() + jpeg.size() / 2)); }),
            "a.x: is a damaged or unreadable JPEG: Premature end of JPEG file");
}

TEST(ImageJpeg, RejectsDamageAndAcceptsPadding) {
  Bytes jpeg = encode_jpeg(test::make_picture(64, 48), 90);
  Bytes padded = jpeg;
  padded.insert(padded.end() - 2, 10, 0);  // padding that some cameras write
  EXPECT_EQ(decode(padded).rgb, decode(jpeg).rgb);
  for (size_t i = jpeg.size() / 2; i < jpeg.size() / 2 + 40; ++i) jpeg[i] = i % 2 ? 0xFF : 0xD9;
  EXPECT_THAT(data_error([&] { decode(jpeg); }), testing::StartsWith("a.x: is a damaged or unreadable JPEG: "));
}

TEST(ImagePng, RoundTripIsExact) {
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 2}, {67, 45}}) {
    const Image image = test::make_picture(width, height);
    EXPECT_EQ(decode(encode_png(image)).rgb, image.rgb);
  }
}

TEST(ImagePng, ReadsEveryEightBitKind) {
  EXPECT_EQ(decode(make_png({.width = 2, .height = 1, .colour = 0, .rows = {0, 200}})).rgb, (Bytes{0, 0, 0, 200, 200, 200}));
  EXPECT_EQ(decode(make_png({.width = 1, .height = 2, .colour = 2, .rows = {1, 2, 3, 4, 5, 6}})).rgb, (Bytes{1, 2, 3, 4, 5, 6}));
  const Bytes palette = {10, 20, 30, 40, 50, 60};
  EXPECT_EQ(decode(make_png({.width = 3, .height = 1, .colour = 3, .rows = {1, 0, 1}, .palette = palette})).rgb,
            (Bytes{40, 50, 60, 10, 20, 30, 40, 50, 60}));
  EXPECT_EQ(decode(make_png({.width = 3, .height = 1, .depth = 1, .colour = 3, .rows = {0xA0}, .palette = palette})).rgb,
            (Bytes{40, 50, 60, 10, 20, 30, 40, 50, 60}));
  EXPECT_EQ(decode(make_png({.width = 2, .height = 1, .depth = 4, .colour = 0, .rows = {0xF3}})).rgb,
            (Bytes{255, 255, 255, 51, 51, 51}));
}

TEST(ImagePng, BlendsTransparencyWithWhite) {
  EXPECT_EQ(decode(make_png({.width = 3, .height = 1, .colour = 4, .rows = {100, 255, 100, 0, 100, 51}})).rgb,
            (Bytes{100, 100, 100, 255, 255, 255, 224, 224, 224}));
  EXPECT_EQ(decode(make_png({.width = 1, .height = 1, .colour = 6, .rows = {0, 100, 255, 128}})).rgb, (Bytes{127, 177, 255}));
  EXPECT_EQ(
      decode(make_png({.width = 2, .height = 1, .colour = 3, .rows = {0, 1}, .palette = {9, 9, 9, 8, 8, 8}, .trns = {255, 0}}))
          .rgb,
      (Bytes{9, 9, 9, 255, 255, 255}));
  EXPECT_EQ(decode(make_png({.width = 2, .height = 1, .colour = 2, .rows = {1, 2, 3, 4, 5, 6}, .trns = {0, 4, 0, 5, 0, 6}})).rgb,
            (Bytes{1, 2, 3, 255, 255, 255}));
}

// round(v / 257): 0x0180 = 384 is 1.49 of 255, 0x0181 = 385 is 1.498, 0x0182 = 386 is 1.502.
TEST(ImagePng, RoundsSixteenBits) {
  const Bytes rows = {0x00, 0x00, 0x01, 0x81, 0x01, 0x82, 0xFF, 0xFF, 0x80, 0x00, 0xFE, 0xFF};
  EXPECT_EQ(decode(make_png({.width = 6, .height = 1, .depth = 16, .colour = 0, .rows = rows})).rgb,
            (Bytes{0, 0, 0, 1, 1, 1, 2, 2, 2, 255, 255, 255, 128, 128, 128, 254, 254, 254}));
  EXPECT_EQ(decode(make_png({.width = 2, .height = 1, .depth = 16, .colour = 2, .rows = rows})).rgb,
            (Bytes{0, 1, 2, 255, 128, 254}));
  EXPECT_EQ(decode(make_png({.width = 1, .height = 1, .depth = 16, .colour = 4, .rows = {0, 0, 0x80, 0}})).rgb,
            (Bytes{127, 127, 127}));
}

TEST(ImagePng, EmptyChunksOfPixelsAreIgnored) {
  const Image image = test::make_picture(64, 48);
  Bytes png = encode_png(image);
  const Bytes empty = {0, 0, 0, 0, 'I', 'D', 'A', 'T', 0x35, 0xAF, 0x06, 0x1E};
  const auto type = std::search(png.begin(), png.end(), empty.begin() + 4, empty.begin() + 8);
  ASSERT_NE(type, png.end());
  png.insert(type - 4, empty.begin(), empty.end());
  png.insert(png.end() - 12, empty.begin(), empty.end());
  EXPECT_EQ(decode(png).rgb, image.rgb);
}

TEST(ImagePng, RejectsTruncationAnywhere) {
  const Bytes png = encode_png(test::make_picture(64, 48));
  for (size_t size = 4; size < png.size() - 4; size += 37)
    EXPECT_THAT(data_error([&] { decode(Bytes(png.begin(), png.begin() + size)); }), testing::StartsWith("a.x: is ")) << size;
}

TEST(ImageBmp, ReadsAndDetectsTruncation) {
  // 2 x 2, 24 bits, rows bottom up and padded to 4 bytes.
  Bytes bmp = {'B', 'M', 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0};
  bmp.resize(54, 0);
  const Bytes rows = {1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0};
  bmp.insert(bmp.end(), rows.begin(), rows.end());
  EXPECT_EQ(decode(bmp).rgb, (Bytes{9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4}));
  bmp.resize(64);
  EXPECT_EQ(data_error([&] { decode(bmp); }), "a.x: is truncated after 64 bytes");
}

TEST(ImageGif, ReadsTheFirstFrameAndDetectsTruncation) {
  // 2 x 2, four colours, every index preceded by a clear code so that codes stay 3 bits.
  Bytes gif = {'G', 'I', 'F', '8',  '9', 'a', 2, 0, 2, 0, 0x81, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0,   255,
               9,   9,   9,   0x2C, 0,   0,   0, 0, 2, 0, 2,    0, 0, 2,   4, 0, 0, 0,   0, 0, 0x3B};
  // 4 clears, 5 ends; 3 bits each, low bits first.
  uint64_t bits = 0;
  const int codes[] = {4, 0, 4, 1, 4, 2, 4, 3, 5};
  for (int i = 0; i < 9; ++i) bits |= static_cast<uint64_t>(codes[i]) << 3 * i;
  for (int i = 0; i < 4; ++i) gif[37 + i] = static_cast<uint8_t>(bits >> 8 * i);
  EXPECT_EQ(decode(gif).rgb, (Bytes{255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9}));
  gif.resize(39);
  EXPECT_EQ(data_error([&] { decode(gif); }), "a.x: is truncated after 39 bytes");
}

TEST(ImagePnm, ReadsPpmAndPgm) {
  const std::string ppm = std::string("P6\n2 1\n255\n") + "abcdef";
  EXPECT_EQ(decode(Bytes(ppm.begin(), ppm.end())).rgb, (Bytes{'a', 'b', 'c', 'd', 'e', 'f'}));
  const std::string pgm = std::string("P5 1 1 255 ") + "a";
  EXPECT_EQ(decode(Bytes(pgm.begin(), pgm.end())).rgb, (Bytes{'a', 'a', 'a'}));
  EXPECT_THAT(data_error([&] { decode(Bytes(ppm.begin(), ppm.end() - 1)); }), testing::StartsWith("a.x: is "));
}

// Samples are scaled from their largest value, and have two bytes, the high one first, if that is above 255.
TEST(ImagePnm, ScalesSamples) {
  const auto rgb = [](const std::string& file) { return decode(Bytes(file.begin(), file.end())).rgb; };
  const std::string two_bytes("\x00\x00\x01\x81\x01\x82\x80\x00\xFE\xFF\xFF\xFF", 12);
  EXPECT_EQ(rgb("P6 2 1 65535\n" + two_bytes), (Bytes{0, 1, 2, 128, 254, 255}));
  EXPECT_EQ(rgb("P5 # grey\n#\n2 1 65535\n" + two_bytes), (Bytes{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(rgb(std::string("P5 4 1 15 \0\5\17\20", 14)), (Bytes{0, 0, 0, 85, 85, 85, 255, 255, 255, 255, 255, 255}));
  EXPECT_EQ(rgb(std::string("P5 1 1 256 \1\0", 13)), (Bytes{255, 255, 255}));
  for (const char* damaged :
       {"P5", "P5 1 1 255", "P5 1 x 255 a", "P5 0 1 255 a", "P5 1 1 0 a", "P6 1 1 65536 a", "P5 99999999999 1 255 a"})
    EXPECT_THAT(data_error([&] { rgb(damaged); }), testing::StartsWith("a.x: is ")) << damaged;
}

// A header of a few bytes must not allocate what it claims. The smallest blank pictures are accepted.
TEST(Image, RejectsPicturesLargerThanTheirFile) {
  const Image blank{1024, 512, Bytes(1024 * 512 * 3, 255)};
  for (const Bytes& file : {encode_jpeg(blank, 1), test::make_progressive_jpeg(blank), encode_png(blank)})
    EXPECT_EQ(decode(file).rgb, blank.rgb);
  Bytes png = encode_png(blank), jpeg = test::make_grey_jpeg(8, 8, Bytes(64, 77));
  png[18] = png[22] = 0x20;  // 9216 x 8704
  EXPECT_THAT(data_error([&] { decode(png); }), testing::HasSubstr("bytes can hold"));
  constexpr uint8_t kFrame[] = {0xFF, 0xC0};
  const auto frame = std::search(jpeg.begin(), jpeg.end(), std::begin(kFrame), std::end(kFrame));
  frame[5] = frame[7] = 0x20;  // 8200 x 8200
  EXPECT_THAT(data_error([&] { decode(jpeg); }), testing::HasSubstr("bytes can hold"));
}

TEST(Image, RejectsFilesThatAreNotPictures) {
  const test::TemporaryFolder folder;
  const auto message = [&](const std::filesystem::path& path) { return data_error([&] { decode_image(path); }); };
  const auto file = [&](const std::string& name, std::string_view text) {
    test::write_whole_file(folder / name, std::string(text));
    return folder / name;
  };
  const std::string at = folder.path();
  EXPECT_EQ(message(folder / "no.jpg"), at + "/no.jpg: cannot be opened: No such file or directory");
  EXPECT_EQ(message(folder.path()), at + ": is a folder, not a file");
  EXPECT_EQ(message(file("e.jpg", "")), at + "/e.jpg: is empty (0 bytes)");
  EXPECT_THAT(message(file("t.jpg", "<html>404</html>")),
              testing::StartsWith(at + "/t.jpg: is not a picture in a supported format (JPEG, PNG, BMP, GIF, PPM"));
  for (const std::string_view magic : {"BM", "GIF89a", "P6", "P5 -1 -1 255\n", "\x89PNG\r\n\x1a\n", "\xFF\xD8"})
    EXPECT_THAT(message(file("m", magic)), testing::StartsWith(at + "/m: is ")) << magic;
}

TEST(Image, RejectsDecompressionBombsBeforeAllocating) {
  Bytes png = make_png({.width = 30000, .height = 30000, .colour = 2});
  EXPECT_EQ(data_error([&] { decode(png); }),
            "a.x: is 30000 x 30000 pixels; at most 65535 a side and 268435456 in total are accepted, "
            "scale it down");
  png = make_png({.width = 100000, .height = 1, .colour = 2});
  EXPECT_THAT(data_error([&] { decode(png); }), testing::StartsWith("a.x: is 100000 x 1 pixels;"));
  Bytes jpeg = encode_jpeg(test::make_picture(16, 16), 90);
  for (size_t i = 0; i + 9 < jpeg.size(); ++i)
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0)
      for (int k = 5; k < 9; ++k) jpeg[i + k] = 0xFA;
  EXPECT_THAT(data_error([&] { decode(jpeg); }), testing::StartsWith("a.x: is 64250 x 64250 pixels;"));
}

// Any bytes give a picture or an Error(kData), never a crash; the sanitizer builds run this too.
TEST(Image, RandomDamageNeverCrashes) {
  const Image image = test::make_picture(40, 30);
  uint32_t state = 12345;
  const auto random = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
  for (const Bytes& good : {encode_jpeg(image, 80), encode_png(image), test::make_progressive_jpeg(image)}) {
    for (int round = 0; round < 300; ++round) {
      Bytes bad = good;
      for (uint32_t n = 1 + random() % 8; n > 0; --n) bad[random() % bad.size()] = static_cast<uint8_t>(random());
      try {
        const Image result = decode(bad);
        EXPECT_EQ(result.rgb.size(), static_cast<size_t>(result.width) * result.height * 3);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      }
    }
  }
}

TEST(Image, EncodersRejectInvalidArguments) {
  EXPECT_EQ(test::usage_error([] {
              encode_jpeg({2, 2, {}}, 90);
            }),
            "[encode_jpeg] needs a picture with width * height * 3 bytes, got 2 x 2 with 0 bytes");
  EXPECT_EQ(test::usage_error([] { encode_jpeg(test::make_picture(2, 2), 101); }),
            "[encode_jpeg] quality must be 1 to 100, got 101");
  EXPECT_THAT(test::usage_error([] { encode_png({}); }), testing::StartsWith("[encode_png] needs a picture"));
}

TEST(ImagePng, BytesAfterTheEndAreIgnored) {
  std::vector<uint8_t> png = test::make_png({.width = 2, .height = 2, .rows = std::vector<uint8_t>(12, 77)});
  const Image alone = decode_image(png, "a.png");
  png.insert(png.end(), 20, uint8_t{0xFF});
  EXPECT_EQ(decode_image(png, "a.png").rgb, alone.rgb);
}

// stb gives no reason for some damage; the reason of an earlier failure in the same thread must not take its place.
TEST(ImageGif, WithoutAnImageGetsAReasonOfItsOwn) {
  test::data_error([&] { decode_image(Bytes{'G', 'I', 'F', '8', '8', 'a', 1, 0, 1, 0, 0, 0, 0, 0x3B}, "earlier.gif"); });
  const Bytes gif{'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0, 0, 0, 0x3B};  // its trailer follows the header
  EXPECT_EQ(test::data_error([&] { decode_image(gif, "a.gif"); }),
            "a.gif: is a damaged or unreadable picture: its structure is invalid");
}

// The length of a chunk's data is negative.
TEST(ImagePng, ChunksBeyondTheFileAreTruncated) {
  for (const int depth : {8, 16}) {
    std::vector<uint8_t> png =
        test::make_png({.width = 2, .height = 2, .depth = depth, .rows = std::vector<uint8_t>(12 * depth / 8)});
    const std::string idat = "IDAT";
    const auto at = std::search(png.begin(), png.end(), idat.begin(), idat.end());
    ASSERT_NE(at, png.end());
    *(at - 4) = 0xC6;
    EXPECT_EQ(test::data_error([&] { decode_image(png, "a.png"); }), format("a.png: is truncated after {} bytes", png.size()));
  }
}

// 0 if decoding with 8 MB of address space left reports too little memory. Lowers the limit of the process that calls it.
int code_of_decoding_in_little_memory(const Bytes& bytes) {
  malloc_trim(0);
  std::ifstream status("/proc/self/statm");
  rlim_t pages = 0;
  status >> pages;
  const rlimit limit{pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (8 << 20), RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 1;
  try {
    decode(bytes);
  } catch (const DecoderOutOfMemory& error) {
    return error.kind() == ErrorKind::kData ? 0 : 2;
  } catch (const Error& error) {
    std::fputs(error.what(), stderr);
    return 3;
  } catch (const std::bad_alloc&) {
    return 4;
  }
  return 5;
}

// Too little memory to decode a picture does not make it a damaged one.
TEST(ImageMemory, TooLittleIsNotDamage) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer needs the address space";
#endif
  const Image black{5000, 5000, Bytes(5000 * 5000 * 3)};  // more than malloc() reserves for a thread
  Bytes ppm = {'P', '6', ' ', '5', '0', '0', '0', ' ', '5', '0', '0', '0', ' ', '2', '5', '5', '\n'};  // does not use malloc()
  ppm.insert(ppm.end(), black.rgb.begin(), black.rgb.end());
  for (const Bytes& bytes : {encode_png(black), test::make_progressive_jpeg(black), ppm}) {
    EXPECT_EXIT(std::_Exit(code_of_decoding_in_little_memory(bytes)), testing::ExitedWithCode(0), "");
  }
}

}  // namespace
}  // namespace tagloom
