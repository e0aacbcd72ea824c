// Embeds keywords in every supported format, and checks with exiftool and exiv2 that nothing else changes.
#include "tools/library/embedded.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/data/image.h"
#include "kernels/base/error.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"
#include "tools/library/keywords_of.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::data_error;
using test::ProgramResult;
using test::read_whole_file;
using test::run_program;
using test::TemporaryFolder;
using test::write_whole_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Image gradient() {
  Image image{16, 8, {}};
  for (int i = 0; i < 16 * 8 * 3; ++i) image.rgb.push_back(static_cast<uint8_t>(i * 7 % 251));
  return image;
}

std::string text_of_bytes(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

// 8 x 8 pixels, lossless, written by cwebp.
std::string webp() {
  const std::string hex =
      "524946462e000000574542505650384c220000002f07c00100993244f43f3611d1ff0061b65149ce1f74af23188fd18a09a07aa0ff00";
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// A baseline TIFF with 8 x 8 grey pixels in two strips per page.
std::string tiff(int pages) {
  const auto number = [](uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  std::string file = "II" + number(42, 2) + number(8, 4);
  for (int page = 0; page < pages; ++page) {
    const auto at = static_cast<uint32_t>(file.size()), after = at + 2 + 9 * 12 + 4;
    file += number(9, 2);
    const auto entry = [&](uint32_t tag, uint32_t type, uint32_t count, uint32_t value) {
      file += number(tag, 2) + number(type, 2) + number(count, 4) + number(value, 4);
    };
    entry(256, 3, 1, 8), entry(257, 3, 1, 8), entry(258, 3, 1, 8), entry(259, 3, 1, 1), entry(262, 3, 1, 1);
    entry(273, 4, 2, after), entry(277, 3, 1, 1), entry(278, 3, 1, 4), entry(279, 4, 2, after + 8);
    const uint32_t end = after + 16 + 64;
    file += number(page + 1 < pages ? end : 0, 4);
    file += number(after + 16, 4) + number(after + 48, 4) + number(32, 4) + number(32, 4);
    for (int i = 0; i < 64; ++i) file += static_cast<char>(i * 3 + page);
  }
  return file;
}

class Embedded : public testing::TestWithParam<std::string> {
 protected:
  std::string make(const std::string& kind) const {
    const std::string picture = folder_ / ("a." + kind);
    write_whole_file(picture, kind == "jpg"    ? text_of_bytes(encode_jpeg(gradient(), 90))
                              : kind == "png"  ? text_of_bytes(encode_png(gradient()))
                              : kind == "webp" ? webp()
                                               : tiff(1));
    return picture;
  }
  static void exiftool_writes(const std::string& picture, std::vector<std::string> tags) {
    tags.insert(tags.begin(), {"/usr/bin/exiftool", "-q", "-m", "-overwrite_original"});
    tags.push_back(picture);
    const ProgramResult result = run_program(tags);
    ASSERT_EQ(result.code, 0) << result.err;
  }
  static nlohmann::json exiftool(const std::string& picture) {
    const ProgramResult read = run_program({"/usr/bin/exiftool", "-json", "-struct", "-G1", "-a", "-n", picture});
    EXPECT_EQ(read.code, 0) << read.err;
    return nlohmann::json::parse(read.out).at(0);
  }
  // All values except keywords, Tagloom's record, and offsets and sizes. IPTC2 is a copy of the IPTC data that Exiv2 keeps in the Photoshop
  // block of a TIFF, as Photoshop does.
  static nlohmann::json others(const std::string& picture) {
    nlohmann::json rest;
    const nlohmann::json values = exiftool(picture);
    for (const auto& [key, value] : values.items()) {
      bool keyword = false;
      for (const char* part :
           {"System:", "SourceFile", "XMP-tagloom:", "XMP-dc:Subject", "XMP-lr:Hierarchical", "IPTC:Keywords", "IPTCDigest",
            "StripOffsets", "ExifByteOrder", "CodedCharacterSet", "IPTC2:", "ApplicationRecordVersion", "WebP_Flags"})
        keyword |= key.find(part) != std::string::npos;
      if (!keyword) rest[key] = value;
    }
    return rest;
  }
  static std::vector<std::string> list(const nlohmann::json& values, const std::string& key) {
    if (!values.contains(key)) return {};
    return values[key].is_array() ? values[key].get<std::vector<std::string>>()
                                  : std::vector<std::string>{values[key].get<std::string>()};
  }
  static std::string exiv2(const std::string& picture) {
    const ProgramResult read = run_program({"/usr/bin/exiv2", "-q", "-Pkt", picture});
    EXPECT_EQ(read.code, 0) << read.err;
    return read.out;
  }
  static KeywordRequest request(std::vector<SuggestedTag> tags) {
    return {.tags = std::move(tags), .fields = {KeywordField::kDc, KeywordField::kLr, KeywordField::kIptc}, .model = "first"};
  }
  // The bytes of the pixels.
  static std::string image_data(const std::string& kind, const std::string& file) {
    if (kind == "jpg") return file.substr(file.find("\xFF\xDB"));
    if (kind == "png") return file.substr(file.find("IDAT") - 4, file.find("IEND") - file.find("IDAT"));
    if (kind == "webp") return file.substr(file.find("VP8L"), 8 + 34);
    return file.substr(file.size() - 64);
  }
  TemporaryFolder folder_;
};

TEST_P(Embedded, ChangesOnlyKeywords) {
  const std::string kind = GetParam(), picture = make(kind), pixels = image_data(kind, read_whole_file(picture));
  const std::vector<uint8_t> rgb = kind == "jpg" || kind == "png" ? decode_image(picture).rgb : std::vector<uint8_t>();
  exiftool_writes(picture,
                  {"-Artist=A. Person", "-Copyright=me", "-GPSLatitude=12.5", "-GPSLatitudeRef=N",
                   "-DateTimeOriginal=2020:01:02 03:04:05", "-XMP-dc:Title=Dusk", "-XMP-xmp:Rating=4", "-XMP-dc:Subject=mine"});
  if (kind == "jpg" || kind == "tif")
    exiftool_writes(picture, {"-IPTC:Headline=Evening", "-IPTC:Keywords=mine", "-Photoshop:URL=http://example.com/"});
  const nlohmann::json before = others(picture);
  ASSERT_EQ(
      embed_keywords(picture, request({{"dog", 0.9f}, {"mine", 0.8f}, {"Katze \xC3\xBC", 0.7f, {"Animals"}}}), false).changed,
      true);
  const nlohmann::json after = exiftool(picture);
  EXPECT_THAT(list(after, "XMP-dc:Subject"), ElementsAre("mine", "dog", "Katze \xC3\xBC"));
  EXPECT_THAT(list(after, "XMP-lr:HierarchicalSubject"), ElementsAre("dog", "mine", "Animals|Katze \xC3\xBC"));
  if (kind == "jpg" || kind == "tif") {
    EXPECT_THAT(list(after, "IPTC:Keywords"), ElementsAre("mine", "dog", "Katze \xC3\xBC"));
  }
  EXPECT_THAT(exiv2(picture), HasSubstr("mine, dog, Katze \xC3\xBC"));
  EXPECT_EQ(others(picture), before);
  const std::string file = read_whole_file(picture);
  EXPECT_NE(file.find(kind == "tif" ? pixels.substr(0, 32) : pixels), std::string::npos);
  if (kind == "jpg" || kind == "png") {
    EXPECT_EQ(decode_image(picture).rgb, rgb);
  }

  EXPECT_FALSE(embed_keywords(picture, request({{"dog"}, {"mine"}, {"Katze \xC3\xBC", 0, {"Animals"}}}), false).changed);
  EXPECT_EQ(read_whole_file(picture), file);
  EXPECT_TRUE(embed_keywords(picture, {.undo = true}, false).changed);
  EXPECT_EQ(others(picture), before);
  EXPECT_THAT(list(exiftool(picture), "XMP-dc:Subject"), ElementsAre("mine"));
  EXPECT_THAT(list(exiftool(picture), "XMP-lr:HierarchicalSubject"), ElementsAre());
  EXPECT_THAT(run_program({"/usr/bin/exiftool", "-G1", picture}).out, Not(HasSubstr("XMP-tagloom")));
}

TEST_P(Embedded, UndoRestoresAPictureWithoutMetadata) {
  const std::string kind = GetParam(), picture = make(kind), before = read_whole_file(picture);
  EXPECT_TRUE(embed_keywords(picture, request({{"dog"}}), false).changed);
  EXPECT_THAT(list(exiftool(picture), "XMP-dc:Subject"), ElementsAre("dog"));
  EXPECT_TRUE(embed_keywords(picture, {.undo = true}, false).changed);
  EXPECT_THAT(run_program({"/usr/bin/exiftool", picture}).out, Not(HasSubstr("Subject")));
  if (kind == "jpg" || kind == "png") {
    EXPECT_EQ(read_whole_file(picture), before);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Embedded, testing::Values("jpg", "png", "tif", "webp"));

using EmbeddedJpeg = Embedded;

TEST_F(EmbeddedJpeg, KeepsModeTimeAttributesAndOneBackup) {
  const std::string picture = make("jpg"), before = read_whole_file(picture);
  ::chmod(picture.c_str(), 0640);
  const bool has_attributes = ::setxattr(picture.c_str(), "user.note", "mine", 4, 0) == 0;
  const timespec times[] = {{1000000000, 5}, {1000000001, 123456789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, picture.c_str(), times, 0), 0);
  EXPECT_TRUE(embed_keywords(picture, request({{"dog"}}), true).changed);
  for (const std::string& file : {picture, picture + "_original"}) {
    struct stat info {};
    ASSERT_EQ(::stat(file.c_str(), &info), 0) << file;
    EXPECT_EQ(info.st_mode & 07777, 0640u);
    EXPECT_EQ(info.st_mtim.tv_sec, 1000000001);
    EXPECT_EQ(info.st_mtim.tv_nsec, 123456789);
    char note[8];
    if (has_attributes) {
      EXPECT_EQ(::getxattr(file.c_str(), "user.note", note, sizeof note), 4);
    }
  }
  EXPECT_EQ(read_whole_file(picture + "_original"), before);
  EXPECT_TRUE(embed_keywords(picture, request({{"cat"}}), true).changed);
  EXPECT_EQ(read_whole_file(picture + "_original"), before);
  EXPECT_THAT(list(exiftool(picture), "XMP-dc:Subject"), ElementsAre("cat"));
}

TEST_F(EmbeddedJpeg, KeepsLatin1Datasets) {
  const std::string picture = make("jpg");
  exiftool_writes(picture, {"-charset", "iptc=latin1", "-IPTC:Headline=caf\xC3\xA9", "-IPTC:Keywords=\xC3\xA9t\xC3\xA9"});
  const auto keywords = [&] {
    return list(
        nlohmann::json::parse(run_program({"/usr/bin/exiftool", "-json", "-G1", "-charset", "iptc=latin1", picture}).out).at(0),
        "IPTC:Keywords");
  };
  ASSERT_THAT(keywords(), ElementsAre("\xC3\xA9t\xC3\xA9"));
  const EmbedResult result = embed_keywords(picture, request({{"\xC3\xA9t\xC3\xA9"}, {"No\xC3\xABl"}, {"\xE6\x97\xA5"}}), false);
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("'\xE6\x97\xA5' is not written to IPTC: the file's IPTC is in Latin-1")));
  EXPECT_THAT(keywords(), ElementsAre("\xC3\xA9t\xC3\xA9", "No\xC3\xABl"));
  EXPECT_THAT(list(exiftool(picture), "XMP-dc:Subject"), SizeIs(3));
  EXPECT_TRUE(embed_keywords(picture, {.undo = true}, false).changed);
  EXPECT_THAT(keywords(), ElementsAre("\xC3\xA9t\xC3\xA9"));
}

TEST_F(EmbeddedJpeg, OmitsLongKeywordsFromIptc) {
  const std::string picture = make("jpg"), longest(64, 'x');
  EXPECT_THAT(embed_keywords(picture, request({{longest}, {longest + "x"}}), false).notes,
              ElementsAre(HasSubstr("it has 65 bytes")));
  EXPECT_THAT(list(exiftool(picture), "IPTC:Keywords"), ElementsAre(longest));
  EXPECT_THAT(list(exiftool(picture), "XMP-dc:Subject"), ElementsAre(longest, longest + "x"));
}

TEST_F(EmbeddedJpeg, RefusesWhatItCannotWriteSafely) {
  const auto refused = [&](const std::string& name, const std::string& contents) {
    const std::string picture = folder_ / name;
    write_whole_file(picture, contents);
    const std::string message = data_error([&] { embed_keywords(picture, request({{"dog"}}), true); });
    EXPECT_EQ(read_whole_file(picture), contents);
    EXPECT_FALSE(fs::exists(picture + "_original"));
    return message;
  };
  const std::string jpeg = text_of_bytes(encode_jpeg(gradient(), 90));
  EXPECT_THAT(refused("raw.nef", tiff(1)), HasSubstr("raw.nef: keywords can be embedded only in JPEG, PNG, TIFF and WebP"));
  EXPECT_THAT(refused("a.gif", "GIF89a"), HasSubstr("write a sidecar with --format xmp"));
  EXPECT_THAT(refused("a.heic", std::string("\0\0\0\x18"
                                            "ftypheic",
                                            12)),
              HasSubstr("alone"));
  EXPECT_THAT(refused("pages.tif", tiff(3)), HasSubstr("several pages"));
  EXPECT_THAT(
      refused("mpf.jpg", jpeg.substr(0, 2) + std::string("\xFF\xE2\0\x08MPF\0", 8) + std::string(2, '\0') + jpeg.substr(2)),
      HasSubstr("several pictures"));
  EXPECT_THAT(refused("cut.jpg", jpeg.substr(0, 40)), HasSubstr("cut.jpg: "));
  const std::string packet = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><broken></x:xmpmeta>";
  const std::string header("http://ns.adobe.com/xap/1.0/\0", 29);
  const std::string segment =
      std::string("\xFF\xE1\0", 3) + static_cast<char>(packet.size() + header.size() + 2) + header + packet;
  EXPECT_THAT(refused("xmp.jpg", jpeg.substr(0, 2) + segment + jpeg.substr(2)), HasSubstr("xmp.jpg: is not XMP"));
  write_whole_file(folder_ / "protected.jpg", jpeg);
  ::chmod((folder_ / "protected.jpg").c_str(), 0400);
  EXPECT_THAT(data_error([&] { embed_keywords(folder_ / "protected.jpg", request({{"dog"}}), false); }),
              HasSubstr("write-protected"));
}

}  // namespace
}  // namespace tagloom
