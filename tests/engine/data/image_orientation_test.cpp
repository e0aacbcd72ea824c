// Decodes every orientation in every lossless format and compares it with the rotated picture bit for bit.
#include <gtest/gtest.h>

#include <functional>

#include "engine/data/image.h"
#include "engine/data/picture_kinds.h"
#include "tests/engine/data/encoded_pictures.h"
#include "tests/engine/data/picture_files.h"

namespace tagloom {
namespace {

using Bytes = std::vector<uint8_t>;

std::vector<uint16_t> values_of(const Image& image) { return {image.rgb.begin(), image.rgb.end()}; }

struct OrientedFormat {
  const char* name;
  const char* extension;
  std::function<Bytes(const Image& stored, int orientation)> make;
  bool grey = false;  // the format is lossless only for grey
};

void PrintTo(const OrientedFormat& format, std::ostream* out) { *out << format.name; }

class ImageOrientation : public testing::TestWithParam<OrientedFormat> {};

TEST_P(ImageOrientation, MatchesTheRotatedPicture) {
  if (!is_picture_extension(GetParam().extension)) GTEST_SKIP() << "not decoded by this build";
  const Image shown = GetParam().grey ? test::grey_picture(96, 80) : test::make_picture(96, 80);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(testing::Message() << "orientation " << orientation);
    const Bytes file = GetParam().make(test::stored_picture(shown, orientation), orientation);
    if (file.empty()) GTEST_SKIP() << "no encoder";
    const Image decoded = decode_image(file, "a.x");
    ASSERT_EQ(decoded.width, shown.width);
    ASSERT_EQ(decoded.height, shown.height);
    ASSERT_TRUE(decoded.rgb == shown.rgb);
  }
}

const OrientedFormat kOrientedFormats[] = {
    {"Png", ".png",
     [](const Image& stored, int orientation) {
       return test::make_png({.width = stored.width,
                              .height = stored.height,
                              .rows = stored.rgb,
                              .exif = test::make_exif(orientation, orientation % 2 == 0)});
     }},
    {"Webp", ".webp",
     [](const Image& stored, int orientation) {
       return test::with_webp_orientation(test::make_webp(stored.width, stored.height, test::with_alpha(stored)), stored.width,
                                          stored.height, orientation);
     }},
    {"Tiff", ".tif",
     [](const Image& stored, int orientation) {
       return test::make_tiff(
           {.width = stored.width, .height = stored.height, .values = values_of(stored), .orientation = orientation});
     }},
    {"Heic", ".heic",
     [](const Image& stored, int orientation) {  // the EXIF orientation is the same and must not be applied again
       return test::make_heif(test::HeifCodec::kHeic, {.width = stored.width,
                                                       .height = stored.height,
                                                       .channels = 1,
                                                       .values = test::red_of(stored),
                                                       .orientation = orientation,
                                                       .exif_orientation = orientation});
     },
     true},
    {"Avif", ".avif",
     [](const Image& stored, int orientation) {
       return test::make_heif(test::HeifCodec::kAvif, {.width = stored.width,
                                                       .height = stored.height,
                                                       .channels = 1,
                                                       .values = test::red_of(stored),
                                                       .orientation = orientation});
     },
     true},
    {"Jxl", ".jxl",
     [](const Image& stored, int orientation) {
       return test::make_jxl(
           {.width = stored.width, .height = stored.height, .values = values_of(stored), .orientation = orientation});
     }},
};

INSTANTIATE_TEST_SUITE_P(All, ImageOrientation, testing::ValuesIn(kOrientedFormats),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tagloom
