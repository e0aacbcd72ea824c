// Tests the kinds of files by extension.
#include "engine/data/picture_kinds.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace tagloom {
namespace {

TEST(PictureKinds, FindsKindsByExtensionInAnyCase) {
  for (const auto& [extension, name] : {std::pair{".jpg", "JPEG"},
                                        {".JPEG", "JPEG"},
                                        {".jfif", "JPEG"},
                                        {".jpe", "JPEG"},
                                        {".png", "PNG"},
                                        {".WebP", "WebP"},
                                        {".tif", "TIFF"},
                                        {".TIFF", "TIFF"},
                                        {".heic", "HEIC"},
                                        {".heif", "HEIC"},
                                        {".avif", "AVIF"},
                                        {".jxl", "JPEG XL"},
                                        {".CR2", "raw"},
                                        {".srw", "raw"},
                                        {".mp4", "video"},
                                        {".mov", "video"},
                                        {".psd", "Photoshop"}}) {
    const PictureKind* const kind = picture_kind(extension);
    ASSERT_NE(kind, nullptr) << extension;
    EXPECT_STREQ(kind->name, name) << extension;
  }
  for (const char* other : {"", ".", "jpg", ".jp", ".jpgx", ".g", ".jpg .jpeg", ".txt", ".xmp", ".html"})
    EXPECT_EQ(picture_kind(other), nullptr) << other;
}

TEST(PictureKinds, NamesAndExtensionsOccurOnce) {
  std::set<std::string> names, extensions;
  for (const PictureKind& kind : picture_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    std::istringstream words(kind.extensions);
    for (std::string word; words >> word;) {
      EXPECT_TRUE(extensions.insert(word).second) << word;
      EXPECT_EQ(picture_kind(word), &kind) << word;
    }
  }
}

TEST(PictureKinds, OnlyDecodedKindsArePictures) {
  for (const char* always : {".jpg", ".JPG", ".jfif", ".jpe", ".png", ".bmp", ".gif", ".ppm", ".pgm"})
    EXPECT_TRUE(is_picture_extension(always)) << always;
  for (const char* never : {".mp4", ".psd", ".txt", ""}) EXPECT_FALSE(is_picture_extension(never)) << never;
  std::istringstream words(decoded_extensions());
  for (std::string word; words >> word;) EXPECT_TRUE(is_picture_extension(word)) << word;
}

}  // namespace
}  // namespace tagloom
