// Decodes WebP, HEIC, AVIF and JPEG XL files from the libraries' encoders, and raw files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/image.h"
#include "engine/data/picture_kinds.h"
#include "tests/engine/data/encoded_pictures.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using test::data_error;
using test::HeifCodec;
using Bytes = std::vector<uint8_t>;
using Values = std::vector<uint16_t>;

Image decoded(const Bytes& bytes) { return decode_image(bytes, "a.x"); }

#define SKIP_UNLESS_DECODED(extension) \
  if (!is_picture_extension(extension)) GTEST_SKIP() << "not decoded by this build"

// Root mean square difference.
double distance(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 1e9;
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += (a.rgb[i] - b.rgb[i]) * (a.rgb[i] - b.rgb[i]);
  return std::sqrt(sum / static_cast<double>(a.rgb.size()));
}

Values values_of_picture(const Image& image) { return {image.rgb.begin(), image.rgb.end()}; }

// Grey 100 with alpha 255, 0 and 51, and a colour with alpha 128.
const Bytes kTransparent = {100, 100, 100, 255, 100, 100, 100, 0, 100, 100, 100, 51, 0, 100, 255, 128};
const Bytes kBlended = {100, 100, 100, 255, 255, 255, 224, 224, 224, 127, 177, 255};

TEST(ImageWebp, ReadsLosslessFilesExactly) {
  SKIP_UNLESS_DECODED(".webp");
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 2}, {67, 45}}) {
    const Image image = test::make_picture(width, height);
    EXPECT_EQ(decoded(test::make_webp(width, height, test::with_alpha(image))).rgb, image.rgb);
  }
}

TEST(ImageWebp, ReadsLossyFiles) {
  SKIP_UNLESS_DECODED(".webp");
  const Image image = test::make_picture(96, 64);
  EXPECT_LT(distance(decoded(test::make_lossy_webp(image)), image), 4);
}

TEST(ImageWebp, BlendsTransparencyWithWhite) {
  SKIP_UNLESS_DECODED(".webp");
  EXPECT_EQ(decoded(test::make_webp(4, 1, kTransparent)).rgb, kBlended);
}

TEST(ImageWebp, DrawsTheFirstFrameOnItsCanvas) {
  SKIP_UNLESS_DECODED(".webp");
  const Bytes frame = test::make_webp(4, 1, kTransparent);
  const Image image = decoded(test::make_webp_animation(7, 3, frame, 4, 1, 2, 2));
  Image expected{7, 3, Bytes(7 * 3 * 3, 255)};
  std::copy(kBlended.begin(), kBlended.end(), expected.rgb.begin() + (2 * 7 + 2) * 3);
  EXPECT_EQ(image.width, 7);
  EXPECT_EQ(image.rgb, expected.rgb);
  EXPECT_THAT(data_error([&] { decoded(test::make_webp_animation(5, 3, frame, 4, 1, 2, 2)); }), testing::StartsWith("a.x: is "));
}

class ImageHeif : public testing::TestWithParam<HeifCodec> {
 protected:
  void SetUp() override {
    if (!is_picture_extension(GetParam() == HeifCodec::kHeic ? ".heic" : ".avif")) GTEST_SKIP() << "not decoded by this build";
    if (test::make_heif(GetParam(), {.width = 64, .height = 64, .values = Values(64 * 64 * 3)}).empty())
      GTEST_SKIP() << "no encoder";
  }
};

TEST_P(ImageHeif, ReadsLosslessGreyExactly) {
  const Image image = test::grey_picture(99, 66);
  const Image read =
      decoded(test::make_heif(GetParam(), {.width = 99, .height = 66, .channels = 1, .values = test::red_of(image)}));
  EXPECT_EQ(read.width, 99);
  EXPECT_EQ(read.height, 66);
  EXPECT_TRUE(read.rgb == image.rgb) << distance(read, image);
}

TEST_P(ImageHeif, ReadsLossyFiles) {
  const Image image = test::make_picture(128, 96);
  const Bytes file =
      test::make_heif(GetParam(), {.width = 128, .height = 96, .values = values_of_picture(image), .lossless = false});
  EXPECT_LT(distance(decoded(file), image), 5);
}

TEST_P(ImageHeif, BlendsTransparencyWithWhite) {
  Values rgba;
  Bytes expected;
  for (int i = 0; i < 64 * 64; ++i) {
    const size_t pixel = static_cast<size_t>(i % 64 / 16);
    rgba.insert(rgba.end(), &kTransparent[pixel * 4], &kTransparent[pixel * 4] + 4);
    expected.insert(expected.end(), &kBlended[pixel * 3], &kBlended[pixel * 3] + 3);
  }
  EXPECT_LT(distance(decoded(test::make_heif(GetParam(), {.width = 64, .height = 64, .channels = 4, .values = rgba})),
                     {64, 64, expected}),
            1.5);
}

// Scales 0 .. 1023 to 0 .. 255: v * 255 / 1023, rounded.
TEST_P(ImageHeif, RoundsTenBits) {
  if (GetParam() == HeifCodec::kAvif) GTEST_SKIP() << "libheif's encoder fails with more than 8 bits";
  Values values;
  Image expected{64, 64, {}};
  for (int i = 0; i < 64 * 64; ++i) {
    const int value = (i / 64 * 16 + i % 64) % 1024;
    values.insert(values.end(), 3, static_cast<uint16_t>(value));
    expected.rgb.insert(expected.rgb.end(), 3, static_cast<uint8_t>(std::lround(value * 255.0 / 1023)));
  }
  const Bytes file = test::make_heif(GetParam(), {.width = 64, .height = 64, .bits = 10, .values = values});
  if (file.empty()) GTEST_SKIP() << "the encoder has only 8 bits";
  EXPECT_LT(distance(decoded(file), expected), 0.8);
}

INSTANTIATE_TEST_SUITE_P(All, ImageHeif, testing::Values(HeifCodec::kHeic, HeifCodec::kAvif),
                         [](const auto& info) { return info.param == HeifCodec::kHeic ? "Heic" : "Avif"; });

TEST(ImageJxl, ReadsLosslessFilesExactly) {
  SKIP_UNLESS_DECODED(".jxl");
  const Image image = test::make_picture(67, 45);
  for (const bool container : {false, true}) {
    const Bytes file = test::make_jxl({.width = 67, .height = 45, .values = values_of_picture(image), .container = container});
    EXPECT_EQ(file[0], container ? 0 : 0xFF);
    EXPECT_TRUE(decoded(file).rgb == image.rgb);
  }
}

TEST(ImageJxl, ReadsLossyFiles) {
  SKIP_UNLESS_DECODED(".jxl");
  const Image image = test::make_picture(96, 64);
  EXPECT_LT(distance(decoded(test::make_jxl({.width = 96, .height = 64, .values = values_of_picture(image), .lossless = false})),
                     image),
            4);
}

TEST(ImageJxl, ReadsGreyAlphaAndSixteenBits) {
  SKIP_UNLESS_DECODED(".jxl");
  EXPECT_EQ(decoded(test::make_jxl({.width = 3, .height = 1, .channels = 1, .values = {0, 77, 255}})).rgb,
            (Bytes{0, 0, 0, 77, 77, 77, 255, 255, 255}));
  EXPECT_EQ(
      decoded(test::make_jxl({.width = 4, .height = 1, .channels = 4, .values = {kTransparent.begin(), kTransparent.end()}})).rgb,
      kBlended);
  EXPECT_EQ(
      decoded(test::make_jxl({.width = 2, .height = 1, .bits = 16, .values = {0, 0x181, 0x182, 0xFFFF, 0x8000, 0xFEFF}})).rgb,
      (Bytes{0, 1, 2, 255, 128, 254}));
}

TEST(ImageJxl, ReadsTheFirstFrameOfAnAnimation) {
  SKIP_UNLESS_DECODED(".jxl");
  const Image image = test::make_picture(40, 30);
  EXPECT_TRUE(decoded(test::make_jxl({.width = 40, .height = 30, .values = values_of_picture(image), .frames = 3})).rgb ==
              image.rgb);
}

// The raw file's orientation applies if the preview has none.
TEST(ImageRaw, ReadsTheEmbeddedPreview) {
  SKIP_UNLESS_DECODED(".dng");
  const Image image = test::make_picture(160, 120);
  const Bytes jpeg = encode_jpeg(image, 95);
  EXPECT_EQ(decoded(test::make_dng(jpeg, 160, 120)).rgb, decoded(jpeg).rgb);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    const Image expected = decoded(test::with_orientation(jpeg, orientation, false));
    EXPECT_EQ(decoded(test::make_dng(jpeg, 160, 120, orientation)).rgb, expected.rgb);
    EXPECT_EQ(decoded(test::make_dng(test::with_orientation(jpeg, orientation, true), 160, 120, 3)).rgb, expected.rgb);
  }
  EXPECT_EQ(decode_image(test::make_dng(jpeg, 160, 120), "a.dng", 50).width, 80);
}

TEST(ImageRaw, ReportsAMissingPreview) {
  SKIP_UNLESS_DECODED(".dng");
  EXPECT_EQ(data_error([] { decoded(test::make_dng({}, 0, 0)); }),
            "a.x: is a raw file without a readable preview; export it as JPEG or TIFF");
}

TEST(ImageRaw, IsRecognisedByItsContents) {
  EXPECT_TRUE(is_raw_file(test::make_dng(encode_jpeg(test::make_picture(16, 16), 90), 16, 16)));
  EXPECT_FALSE(is_raw_file(test::make_exif(1, true)));
  EXPECT_FALSE(is_raw_file(Bytes{'I', 'I', '*', 0, 4, 0, 0, 0}));  // a directory inside the header
}

// The message for a kind that this build does not decode names the package to install.
TEST(ImageKinds, ReportsUnsupportedKinds) {
  const auto message = [](std::string_view text) { return data_error([&] { decoded(Bytes(text.begin(), text.end())); }); };
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(message("8BPS\0\1"sv), "a.x: is a Photoshop file, which is not supported; convert it to JPEG or PNG");
  EXPECT_EQ(message("\0\0\0\x18"
                    "ftypisom\0\0\0\0isommp42"sv),
            "a.x: is a video file, which is not supported; convert it to JPEG or PNG");
  const std::pair<const char*, std::string_view> starts[] = {{"WebP", "RIFF\0\0\0\0WEBPVP8 "sv},
                                                             {"TIFF", "II*\0\10\0\0\0"sv},
                                                             {"HEIC",
                                                              "\0\0\0\x18"
                                                              "ftypmif1\0\0\0\0mif1heic"sv},
                                                             {"AVIF",
                                                              "\0\0\0\x18"
                                                              "ftypmif1\0\0\0\0avifmif1"sv},
                                                             {"JPEG XL", "\0\0\0\x0CJXL \r\n\x87\n"sv},
                                                             {"raw", "FUJIFILMCCD-RAW 0201"sv}};
  for (const auto& [name, start] : starts) {
    for (const PictureKind& kind : picture_kinds()) {
      if (std::string(kind.name) != name) continue;
      if (kind.decoded) {
        EXPECT_THAT(message(start), testing::StartsWith("a.x: is ")) << name;
      } else {
        EXPECT_EQ(message(start),
                  format("a.x: is a {} file, which this build cannot read: install Debian's {} and build again, or "
                         "convert it to JPEG or PNG",
                         name, kind.package));
      }
    }
  }
}

}  // namespace
}  // namespace tagloom
