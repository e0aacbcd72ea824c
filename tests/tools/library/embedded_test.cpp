// Embeds keywords in every supported format, and checks with exiftool and exiv2 that nothing else changes.
#include "tools/library/embedded.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>

#include "engine/data/picture_kinds.h"
#include "kernels/base/error.h"
#include "tests/support/thrown_message.h"
#include "tests/tools/library/embedded_pictures.h"
#include "tools/library/keywords_of.h"
#include "tools/library/rewrite_file.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::data_error;
using test::Embedded;
using test::gradient;
using test::read_whole_file;
using test::run_program;
using test::text_of_bytes;
using test::tiff;
using test::webp;
using test::write_whole_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST_P(Embedded, ChangesOnlyKeywords) {
  const std::string kind = GetParam(), picture = make(kind), pixels = image_data(kind, read_whole_file(picture));
  const auto decoded = [&] { return is_picture_extension("." + kind) ? decode_image(picture).rgb : std::vector<uint8_t>(); };
  const std::vector<uint8_t> rgb = decoded();
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
  EXPECT_EQ(decoded(), rgb);

  EXPECT_FALSE(embed_keywords(picture, request({{"dog"}, {"mine"}, {"Katze \xC3\xBC", 0, {"Animals"}}}), false).changed);
  EXPECT_EQ(read_whole_file(picture), file);
  EXPECT_TRUE(embed_keywords(picture, {.undo = true}, false).changed);
  EXPECT_EQ(others(picture), before);
  EXPECT_EQ(decoded(), rgb);
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

// Sets the mode, the time and an extended attribute; false if the file system has no extended attributes.
bool set_attributes(const std::string& file) {
  EXPECT_EQ(::chmod(file.c_str(), 0640), 0);
  const bool has_attributes = ::setxattr(file.c_str(), "user.note", "mine", 4, 0) == 0;
  const timespec times[] = {{1000000000, 5}, {1000000001, 123456789}};
  EXPECT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  return has_attributes;
}

void expect_attributes(const std::string& file, bool has_attributes) {
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

TEST_F(EmbeddedJpeg, KeepsModeTimeAttributesAndOneBackup) {
  const std::string picture = make("jpg"), before = read_whole_file(picture);
  const bool has_attributes = set_attributes(picture);
  EXPECT_TRUE(embed_keywords(picture, request({{"dog"}}), true).changed);
  for (const std::string& file : {picture, picture + "_original"}) expect_attributes(file, has_attributes);
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

// On file systems without hard links.
TEST_F(EmbeddedJpeg, CopyKeepsModeTimeAndAttributes) {
  const std::string picture = make("jpg"), copy = picture + "_original";
  const bool has_attributes = set_attributes(picture);
  copy_with_attributes(picture, copy);
  EXPECT_EQ(fs::hard_link_count(copy), 1u);
  expect_attributes(copy, has_attributes);
  EXPECT_EQ(read_whole_file(copy), read_whole_file(picture));
}

std::string packet_with(const std::string& keyword) {
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
         "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:subject><rdf:Bag><rdf:li>" +
         keyword + "</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>";
}

std::string number(size_t value, int bytes, bool little) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i));
  return text;
}

// Exiv2 reads one of the packets, and an edit would lose the others or leave their keywords.
TEST_F(EmbeddedJpeg, RefusesSeveralXmpPackets) {
  const auto expect_refused = [&](const std::string& name, const std::string& contents, const std::string& reason) {
    const std::string picture = folder_ / name;
    write_whole_file(picture, contents);
    EXPECT_THAT(data_error([&] { embed_keywords(picture, request({{"dog"}}), false); }),
                AllOf(HasSubstr(name + ": has "), HasSubstr(reason), HasSubstr("write a sidecar with --format xmp")));
    EXPECT_EQ(read_whole_file(picture), contents);
  };
  const std::string mine = packet_with("mine"), hers = packet_with("hers"), key("XML:com.adobe.xmp\0", 18);
  const std::string png = text_of_bytes(encode_png(gradient())), zeros(4, '\0');
  const auto chunk = [&](const std::string& type, const std::string& content) {  // readers of metadata ignore the CRC
    return number(content.size(), 4, false) + type + content + zeros;
  };
  const auto png_with = [&](const std::string& chunks) { return png.substr(0, 33) + chunks + png.substr(33); };
  expect_refused("two.png", png_with(chunk("iTXt", key + zeros + mine) + chunk("iTXt", key + zeros + hers)), "2 XMP packets");
  expect_refused("old.png", png_with(chunk("tEXt", key + mine)), "XMP in an old form");
  std::string hex;
  for (const char byte : mine) hex += format("{:02x}", static_cast<unsigned char>(byte));
  const std::string profile = std::string("Raw profile type xmp\0", 21) + format("\nxmp\n{:8}\n", mine.size()) + hex + "\n";
  expect_refused("profile.png", png_with(chunk("tEXt", profile)), "XMP in an old form");

  const auto riff = [&](const std::string& type, const std::string& content) {
    return type + number(content.size(), 4, true) + content + std::string(content.size() % 2, '\0');
  };
  const std::string body = "WEBP" + riff("VP8X", "\x04" + std::string(3, '\0') + number(7, 3, true) + number(7, 3, true)) +
                           webp().substr(12) + riff("XMP ", mine) + riff("XMP ", hers);
  expect_refused("two.webp", "RIFF" + number(body.size(), 4, true) + body, "2 XMP packets");

  const std::string jpeg = text_of_bytes(encode_jpeg(gradient(), 90)), header("http://ns.adobe.com/xap/1.0/\0", 29);
  const auto segment = [&](const std::string& packet) {
    return "\xFF\xE1" + number(header.size() + packet.size() + 2, 2, false) + header + packet;
  };
  expect_refused("two.jpg", jpeg.substr(0, 2) + segment(mine) + segment(hers) + jpeg.substr(2), "2 XMP packets");
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
              HasSubstr("can be embedded only in"));
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
