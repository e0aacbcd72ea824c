// Resizing against PIL and torchvision.
#include "engine/data/resize.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/data/transform.h"
#include "tests/support/golden.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

// The source pictures of tests/golden/resize_golden.py.
Image generated(int width, int height) {
  Image image{width, height, {}};
  uint32_t state = static_cast<uint32_t>(width * 1000 + height);
  for (int i = 0; i < width * height * 3; ++i) {
    state = state * 1664525u + 1013904223u;
    image.rgb.push_back(static_cast<uint8_t>(state >> 24));
  }
  return image;
}

uint32_t crc32(const std::vector<uint8_t>& bytes) {
  uint32_t crc = 0xFFFFFFFFu;
  for (uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
  }
  return ~crc;
}

std::string hex(const std::vector<uint8_t>& bytes) {
  std::string text;
  for (uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

struct GoldenLine {
  std::string kind, pixels;
  int width = 0, height = 0, a = 0, b = 0;
  uint32_t crc = 0;
};

std::vector<GoldenLine> golden_lines(const std::string& kind) {
  std::ifstream file(test::golden_file("resize_golden.txt"));
  std::vector<GoldenLine> lines;
  for (std::string text; std::getline(file, text);) {
    std::istringstream in(text);
    GoldenLine line;
    in >> line.kind >> line.width >> line.height >> line.a >> line.b >> std::hex >> line.crc >> line.pixels;
    if (line.kind == kind) lines.push_back(line);
  }
  EXPECT_GE(lines.size(), 5u) << "resize_golden.txt is missing or short";
  return lines;
}

TEST(Resize, MatchesPilBitForBit) {
  for (const auto& [kind, interpolation] :
       {std::pair("bilinear", Interpolation::kBilinear), std::pair("bicubic", Interpolation::kBicubic)}) {
    for (const GoldenLine& line : golden_lines(kind)) {
      SCOPED_TRACE(testing::Message() << kind << " " << line.width << "x" << line.height << " to " << line.a << "x" << line.b);
      std::vector<uint8_t> resized(static_cast<size_t>(line.a) * line.b * 3);
      resize_image(
          generated(line.width, line.height),
          {.width = line.a, .height = line.b, .window_width = line.a, .window_height = line.b, .interpolation = interpolation},
          resized);
      if (!line.pixels.empty()) {
        EXPECT_EQ(hex(resized), line.pixels);
      }
      EXPECT_EQ(crc32(resized), line.crc);
    }
  }
}

TEST(Resize, ShortSideAndCentreCropMatchTorchvisionBitForBit) {
  for (const GoldenLine& line : golden_lines("crop")) {
    SCOPED_TRACE(testing::Message() << line.width << "x" << line.height << " by " << line.a << " to " << line.b);
    const TransformOptions settings{.size = line.b, .resize = Resize::kShortSide, .short_side = line.a};
    std::vector<uint8_t> out(static_cast<size_t>(line.b) * line.b * 3);
    apply(settings, generated(line.width, line.height), /*training=*/false, {}, out);
    EXPECT_EQ(crc32(out), line.crc);
  }
}

TEST(Resize, WindowMatchesTheWholePicture) {
  const Image image = generated(61, 47);
  const Image whole = resize_image(image, 40, 53);
  for (const bool mirror : {false, true}) {
    std::vector<uint8_t> part(7 * 9 * 3);
    resize_image(image, {40, 53, 33, 44, 7, 9, mirror}, part);
    for (int y = 0; y < 9; ++y)
      for (int x = 0; x < 7; ++x)
        for (int c = 0; c < 3; ++c) {
          const int from = 33 + (mirror ? 6 - x : x);
          EXPECT_EQ(part[(y * 7 + x) * 3 + c], whole.rgb[((44 + y) * 40 + from) * 3 + c]) << y << "," << x;
        }
  }
}

TEST(Resize, RejectsInvalidArguments) {
  const Image image = generated(4, 4);
  std::vector<uint8_t> out(12);
  const auto resize = [&](ResizeWindow window) { return [&, window] { resize_image(image, window, out); }; };
  EXPECT_EQ(test::usage_error(resize({0, 4, 0, 0, 2, 2})), "[resize_image] cannot make a picture of 0 x 4 pixels");
  EXPECT_EQ(test::usage_error(resize({4, 4, 3, 0, 2, 2})),
            "[resize_image] the window of 2 x 2 pixels at (3, 0) is not inside 4 x 4 pixels");
  EXPECT_EQ(test::usage_error(resize({4, 4, 0, 0, 3, 2})), "[resize_image] out has 12 bytes, expected 18");
  EXPECT_EQ(test::usage_error([&] {
              resize_image(Image{2, 2, {0}}, 3, 3);
            }),
            "[resize_image] needs a picture with width * height * 3 bytes, got 2 x 2 with 1 bytes");
}

}  // namespace
}  // namespace tagloom
