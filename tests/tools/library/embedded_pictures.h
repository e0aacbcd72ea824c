#pragma once
// Small pictures in every format that can hold keywords, and their metadata as exiftool and exiv2 read it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/data/image.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tools/library/embedded.h"

namespace tagloom::test {

inline Image gradient() {
  Image image{16, 8, {}};
  for (int i = 0; i < 16 * 8 * 3; ++i) image.rgb.push_back(static_cast<uint8_t>(i * 7 % 251));
  return image;
}

inline std::string text_of_bytes(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

// 8 x 8 pixels, lossless, written by cwebp.
inline std::string webp() {
  const std::string hex =
      "524946462e000000574542505650384c220000002f07c00100993244f43f3611d1ff0061b65149ce1f74af23188fd18a09a07aa0ff00";
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// A baseline TIFF with 8 x 8 grey pixels in two strips per page.
inline std::string tiff(int pages) {
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

}  // namespace tagloom::test
