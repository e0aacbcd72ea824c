// Small files that would end the process, or take hours or gigabytes, are rejected.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/data/codecs/coded_size.h"
#include "engine/data/codecs/heif_items.h"
#include "engine/data/codecs/quiet_thread.h"
#include "engine/data/image.h"
#include "engine/data/picture_kinds.h"
#include "tests/engine/data/encoded_pictures.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Bytes = std::vector<uint8_t>;
using std::string_literals::operator""s;
using testing::HasSubstr;

std::string number(uint32_t value, int bytes, bool big_endian) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (big_endian ? bytes - 1 - i : i));
  return text;
}
std::string little(uint32_t value, int bytes) { return number(value, bytes, false); }
std::string big(uint32_t value, int bytes) { return number(value, bytes, true); }

std::string outcome(const std::string& file) {
  const Bytes bytes(file.begin(), file.end());
  return test::data_error([&] { decode_image(bytes, "a.x"); });
}

struct TiffEntry {
  uint32_t tag, type, count, value;
};

// One directory, then `rest`.
std::string tiff(const std::vector<TiffEntry>& entries, const std::string& rest = "") {
  std::string file = "II*\0"s + little(8, 4) + little(static_cast<uint32_t>(entries.size()), 2);
  for (const TiffEntry& entry : entries)
    file += little(entry.tag, 2) + little(entry.type, 2) + little(entry.count, 4) + little(entry.value, 4);
  return file + little(0, 4) + rest;
}

// 8 x 8 black and white pixels in one strip.
std::string tiff_of(uint32_t compression, const std::string& strip) {
  const std::vector<TiffEntry> entries = {
      {256, 4, 1, 8},           {257, 4, 1, 8}, {258, 3, 1, 1},
      {259, 3, 1, compression}, {262, 3, 1, 0}, {273, 4, 1, 8 + 2 + 12 * 9 + 4},
      {277, 3, 1, 1},           {278, 4, 1, 8}, {279, 4, 1, static_cast<uint32_t>(strip.size())}};
  return tiff(entries, strip);
}

// A JBIG header of 2^32 - 16 columns and lines in stripes of 2^31 - 1 lines: libjbig calls abort().
TEST(ImageAttacks, UnsafeTiffCompressionsAreNotDecoded) {
  if (!is_picture_extension(".tif")) GTEST_SKIP() << "not decoded by this build";
  const std::string jbig = "\0\0\1\0"s + big(0xFFFFFFF0u, 4) + big(0xFFFFFFF0u, 4) + big(0x7FFFFFFFu, 4) + std::string(68, 0);
  EXPECT_EQ(outcome(tiff_of(34661, jbig)),
            "a.x: is a TIFF with JBIG compression, which is not supported; save it with LZW or Deflate");
  const std::pair<uint32_t, const char*> others[] = {{6, "old-style JPEG compression"}, {32809, "ThunderScan compression"},
                                                     {32909, "PixarLog compression"},   {34676, "SGILog compression"},
                                                     {34712, "JPEG 2000 compression"},  {34887, "LERC compression"},
                                                     {34925, "LZMA compression"},       {12345, "compression 12345"}};
  for (const auto& [number, name] : others)
    EXPECT_THAT(outcome(tiff_of(number, std::string(64, 0))), HasSubstr(format("is a TIFF with {}, which is", name)));
}

// All strips are the same 60,000 bytes.
TEST(ImageAttacks, TiffStripsMustNotShareTooManyBytes) {
  if (!is_picture_extension(".tif")) GTEST_SKIP() << "not decoded by this build";
  constexpr uint32_t kStrips = 1000, kBytes = 60000, kEnd = 8 + 2 + 12 * 9 + 4;
  std::string offsets, counts;
  for (uint32_t i = 0; i < kStrips; ++i) {
    offsets += little(kEnd + 8 * kStrips, 4);
    counts += little(kBytes, 4);
  }
  const std::string file = tiff({{256, 4, 1, 8},
                                 {257, 4, 1, kStrips},
                                 {258, 3, 1, 8},
                                 {259, 3, 1, 1},
                                 {262, 3, 1, 1},
                                 {273, 4, kStrips, kEnd},
                                 {277, 3, 1, 1},
                                 {278, 4, 1, 1},
                                 {279, 4, kStrips, kEnd + 4 * kStrips}},
                                offsets + counts + std::string(kBytes, 7));
  EXPECT_EQ(outcome(file),
            format("a.x: is a damaged TIFF: its 1000 strips use 60000000 bytes, and the file has {}", file.size()));
}

// Each entry claims 2^32 - 1 subdirectories outside the file.
TEST(ImageAttacks, RawFilesAreRecognisedInBoundedTime) {
  for (const size_t entries : {1, 1000}) {
    const std::string file = tiff(std::vector<TiffEntry>(entries, {330, 4, 0xFFFFFFFFu, 0xFFFFFFF0u}));
    EXPECT_THAT(outcome(file), HasSubstr("TIFF"));
  }
}

// Packs bits from the lowest to the highest of each byte.
struct BitWriter {
  std::string bytes = {};
  uint64_t bits = 0;
  int count = 0;

  void put(uint64_t value, int width) {
    bits |= value << count;
    for (count += width; count >= 8; count -= 8, bits >>= 8) bytes += static_cast<char>(bits);
  }
  void pad() { put(0, (8 - count) % 8); }
};

// Deflate with fixed codes: a zero, then runs of 258 zeros.
std::string zeros_deflated(size_t runs) {
  BitWriter out{"\x78\x01"};
  out.put(3, 3);
  out.put(0b00001100, 8);
  for (size_t i = 0; i < runs; ++i) {
    out.put(0b10100011, 8);
    out.put(0, 5);
  }
  out.put(0, 7);
  out.pad();
  return out.bytes + std::string(4, 0);  // the checksum
}

TEST(ImageAttacks, PngDataMustFitTheHeader) {
  const auto chunk = [](const std::string& type, const std::string& data) {
    return big(static_cast<uint32_t>(data.size()), 4) + type + data + big(0, 4);  // the checksum is not checked
  };
  const auto png = [&](uint32_t side, size_t runs) {
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", big(side, 4) + big(side, 4) + "\x08\x02\0\0\0"s) +
           chunk("IDAT", zeros_deflated(runs)) + chunk("IEND", "");
  };
  const std::string whole = png(64, 64 * (64 * 3 + 1) / 258 + 1);
  EXPECT_EQ(decode_image(Bytes(whole.begin(), whole.end()), "a.png").rgb, Bytes(64 * 64 * 3));
  EXPECT_EQ(outcome(png(8, 100000)), "a.x: is damaged: its data decompress to far more than its header's pixels");
}

// JPEG XL, 8 x 8 pixels, with a modular frame of other dimensions (ISO/IEC 18181-1, annexes D and F).
std::string jxl_with_frame(uint32_t side, bool modular) {
  BitWriter out{"\xFF\x0A"};
  out.put(1 | 0 << 1 | 1 << 6, 9);  // 8 rows, square
  out.put(3, 2);                    // default metadata and transform
  out.pad();
  out.put(0 | (modular ? 1 : 0) << 3, 6);  // not only defaults, a regular frame, its encoding, no flags
  out.put(0, 2);                           // not upsampled
  if (modular) out.put(3, 2);              // groups of 1024 pixels
  if (!modular) out.put(3 | 2 << 3, 6);    // scales of the channels X and B
  out.put(0, 2);                           // 1 pass
  out.put(1, 1);                           // its own rectangle
  out.put(0, 20);                          // at 0, 0
  for (int i = 0; i < 2; ++i) {
    out.put(2, 2);
    out.put(side - 2304, 14);
  }
  out.put(0 | 1 << 2, 3);  // replaces, the last one
  out.put(0 | 1 << 2, 5);  // no name, default filters, no extensions
  out.put(0, 1);           // no permutation of the sections
  out.pad();
  const uint32_t group = modular ? 1024 : 256, across = (side + group - 1) / group, areas = (side + 8 * group - 1) / (8 * group);
  for (uint32_t i = 0; i < 2 + across * across + areas * areas; ++i) out.put(0, 12);  // empty sections
  out.pad();
  return out.bytes;
}

// A frame is decoded whole, even if little of it is visible.
TEST(ImageAttacks, JxlFramesMustFitMemory) {
  if (!is_picture_extension(".jxl")) GTEST_SKIP() << "not decoded by this build";
  EXPECT_THAT(outcome(jxl_with_frame(16384, true)), HasSubstr("is 16384 x 16384 pixels, which take 6144 MB to decode"));
  EXPECT_THAT(outcome(jxl_with_frame(16384, false)), HasSubstr("is 16384 x 16384 pixels, which take 4096 MB to decode"));
  EXPECT_THAT(outcome(jxl_with_frame(16385, false)), HasSubstr("is 16385 x 16385 pixels; at most"));
  EXPECT_THAT(outcome(jxl_with_frame(2400, false)), HasSubstr("damaged"));
}

std::string box(const std::string& type, const std::string& contents) {
  return big(static_cast<uint32_t>(contents.size()) + 8, 4) + type + contents;
}

// A picture in the meta box of a HEIC or AVIF file, whose data are in its idat box.
struct BoxItem {
  std::string type, data;
  std::vector<uint32_t> made_of = {};
};

// The first item is the primary picture; all are 64 x 64 pixels, says the file's ispe.
std::string heif_file(const std::string& brand, const std::vector<BoxItem>& items, const std::string& config) {
  std::string infos, locations, references, data, properties;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string id = big(static_cast<uint32_t>(i + 1), 2);
    infos += box("infe", "\2\0\0\0"s + id + "\0\0"s + items[i].type + "\0"s);
    locations += id + "\0\1\0\0"s + big(1, 2) + big(static_cast<uint32_t>(data.size()), 4) +
                 big(static_cast<uint32_t>(items[i].data.size()), 4);
    data += items[i].data;
    std::string to;
    for (const uint32_t other : items[i].made_of) to += big(other + 1, 2);
    if (!to.empty()) references += box("dimg", id + big(static_cast<uint32_t>(items[i].made_of.size()), 2) + to);
    properties += id + (config.empty() ? "\1\x81"s : "\2\x81\x82"s);
  }
  const std::string count = big(static_cast<uint32_t>(items.size()), 2);
  return box("ftyp", brand + "\0\0\0\0mif1"s + brand) +
         box("meta", "\0\0\0\0"s + box("hdlr", std::string(8, 0) + "pict" + std::string(13, 0)) + box("pitm", "\0\0\0\0\0\1"s) +
                         box("iinf", "\0\0\0\0"s + count + infos) + box("iloc", "\1\0\0\0\x44\0"s + count + locations) +
                         (references.empty() ? "" : box("iref", "\0\0\0\0"s + references)) +
                         box("iprp", box("ipco", box("ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40"s) + config) +
                                         box("ipma", "\0\0\0\0"s + big(static_cast<uint32_t>(items.size()), 4) + properties)) +
                         box("idat", data));
}

#define SKIP_UNLESS_HEIF(extension) \
  if (!is_picture_extension(extension)) GTEST_SKIP() << "not decoded by this build"

// A sequence header of 16384 x 16384 pixels: reduced, 14 bits for each side.
const std::string kLargeAv1 = "\x12\0\x0a\x0b\x1f\xf7\x7f\xff\xff\xff\x82\x04\x04\x0d\x08\x32\x10"s + std::string(16, 1);
const std::string kAv1Config = box("av1C", "\x81\x1f\x0c\0"s);

TEST(ImageAttacks, AvifDataMustFitTheHeader) {
  SKIP_UNLESS_HEIF(".avif");
  EXPECT_THAT(outcome(heif_file("avif", {{"av01", kLargeAv1}}, kAv1Config)),
              HasSubstr("is 16384 x 16384 pixels, which take 3072 MB to decode"));
  EXPECT_THAT(outcome(heif_file("avif", {{"av01", "\x12\0"s}}, box("av1C", "\x81\x1f\x0c\0"s + kLargeAv1))),
              HasSubstr("is 16384 x 16384 pixels, which take 3072 MB to decode"));
}

const std::string kHevcConfig = box("hvcC", "\1"s + std::string(20, 0) + "\3\0"s);  // no parameter sets

// A grid's canvas: version, wide numbers, 1 row and column, then the size.
TEST(ImageAttacks, HeifGridsMustFitTheHeader) {
  SKIP_UNLESS_HEIF(".heic");
  const std::string grid = "\0\1\0\0"s + big(16384, 4) + big(16384, 4);
  EXPECT_THAT(outcome(heif_file("heic", {{"grid", grid, {1}}, {"hvc1", ""}}, kHevcConfig)),
              HasSubstr("is 16384 x 16384 pixels, which take"));
  const std::string vast = "\0\1\0\0"s + big(0xFFFFFFFFu, 4) + big(0xFFFFFFFFu, 4);
  EXPECT_THAT(outcome(heif_file("heic", {{"grid", vast, {1}}, {"hvc1", ""}}, kHevcConfig)), HasSubstr("4294967295"));
}

// Altering the header's size makes it differ from that of the data.
TEST(ImageAttacks, HeifDataMustHaveTheHeadersSize) {
  const std::vector<uint16_t> values(64 * 64 * 3, 9);
  for (const test::HeifCodec codec : {test::HeifCodec::kHeic, test::HeifCodec::kAvif}) {
    Bytes file = test::make_heif(codec, {.width = 64, .height = 64, .values = values, .lossless = false});
    if (file.empty() || !is_picture_extension(codec == test::HeifCodec::kHeic ? ".heic" : ".avif")) continue;
    const std::string ispe = "ispe\0\0\0\0\0\0\0\x40\0\0\0\x40"s;
    const auto at = std::search(file.begin(), file.end(), ispe.begin(), ispe.end());
    ASSERT_NE(at, file.end());
    at[11] = 60;
    EXPECT_EQ(test::data_error([&] { decode_image(file, "a.x"); }),
              "a.x: is damaged: its header gives 60 x 64 pixels, its data 64 x 64");
  }
}

// The sizes that the encoders write are those of their pictures, rounded up to blocks in HEVC.
TEST(ImageAttacks, ReadsSizesFromCodedData) {
  for (const test::HeifCodec codec : {test::HeifCodec::kHeic, test::HeifCodec::kAvif}) {
    for (const auto& [width, height] : {std::pair{64, 64}, {130, 66}, {200, 320}}) {
      for (const int bits : {8, 10}) {
        if (codec == test::HeifCodec::kAvif && bits == 10) continue;  // libheif's encoder fails
        const std::vector<uint16_t> values(static_cast<size_t>(width * height * 3), 100);
        const Bytes file = test::make_heif(codec, {.width = width, .height = height, .bits = bits, .values = values});
        if (file.empty()) continue;
        CodedSize size;
        const std::vector<HeifItems> found = read_heif_items(file, "a.x");
        ASSERT_EQ(found.size(), 1u);
        for (const auto& [id, item] : found[0].items) {
          ASSERT_EQ(item.extents.size(), 1u);
          size.add(codec == test::HeifCodec::kHeic ? hevc_size(item.extents[0]) : av1_size(item.extents[0]));
        }
        EXPECT_EQ(size.frames, 1);
        size.add(found[0].configured);
        EXPECT_TRUE(size.width >= width && size.width < width + 64) << size.width << " for " << width;
        EXPECT_TRUE(size.height >= height && size.height < height + 64) << size.height << " for " << height;
        EXPECT_EQ(size.deep, bits == 10);
      }
    }
  }
}

// The first bytes of what libaom 3.6 encodes: one picture and a sequence with the full header, in 8 and 10 bits; and a frame that is smaller
// than its sequence, whose size is only bounded by its number of bits.
TEST(ImageAttacks, ReadsAv1Headers) {
  const auto size_of = [](const std::string& text) {
    return av1_size({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  const auto expect = [](const CodedSize& size, int64_t width, int64_t height, bool deep) {
    EXPECT_EQ(size.width, width);
    EXPECT_EQ(size.height, height);
    EXPECT_EQ(size.deep, deep);
    EXPECT_EQ(size.frames, 1);
    EXPECT_FALSE(size.unsized);
  };
  const std::string frame = "\x32\x04\x10\x00\x84\x00"s;
  expect(size_of("\x12\x00\x0a\x06\x18\x1d\xa0\x60\xb4\x01"s + frame), 130, 66, false);
  expect(size_of("\x12\x00\x0a\x0a\x00\x00\x00\x03\xb4\x0c\x13\x6b\xe4\x01"s + frame), 130, 66, false);
  expect(size_of("\x12\x00\x0a\x07\x18\x62\x3e\x72\xb6\x20\x20"s + frame), 500, 300, true);
  expect(size_of("\x12\x00\x0a\x0a\x00\x00\x00\x03\xb4\x0c\x13\x6b\xe4\x01\x32\x04\x12\x01\x59\x5c"s), 256, 128, false);
  expect(size_of("\x12\x00\x0a\x0b\x10\x00\x00\x0c\x47\xce\x56\x7f\xfc\x20\x20\x32\x04\x12\x02\x98\xc7"s), 512, 512, true);
  EXPECT_TRUE(size_of(frame).unsized);
  SKIP_UNLESS_HEIF(".avif");
  EXPECT_EQ(outcome(heif_file("avif", {{"av01", frame}}, box("av1C", "\x81\x1f\x0c\0"s + kLargeAv1.substr(0, 15)))),
            "a.x: is damaged: its AV1 data begin without a sequence header");
}

// Each picture is made of the next, without a cycle: libheif would follow them until the stack overflows.
TEST(ImageAttacks, HeifPicturesHaveFewLevels) {
  SKIP_UNLESS_HEIF(".heic");
  const auto chain = [](uint32_t length) {
    std::vector<BoxItem> items;
    for (uint32_t i = 0; i < length; ++i) items.push_back({"iden", "", {i + 1}});
    items.push_back({"hvc1", "", {}});
    return outcome(heif_file("heic", items, ""));
  };
  EXPECT_THAT(chain(10), testing::Not(HasSubstr("levels")));
  EXPECT_EQ(chain(20), "a.x: is damaged: its pictures refer to each other in more than 16 levels");
  EXPECT_EQ(chain(9000), "a.x: is damaged: its pictures refer to each other in more than 16 levels");
  EXPECT_EQ(chain(20000), "a.x: is damaged: it has more than 10000 pictures");
}

// 8 levels of pictures, each made of 16 times the next: 4 billion tiles.
TEST(ImageAttacks, HeifPicturesAreMadeOfFewPixels) {
  SKIP_UNLESS_HEIF(".heic");
  std::vector<BoxItem> items;
  for (uint32_t i = 0; i < 8; ++i) items.push_back({"grid", "\0\0\3\3\0\x40\0\x40"s, std::vector<uint32_t>(16, i + 1)});
  items.push_back({"hvc1", "", {}});
  EXPECT_THAT(outcome(heif_file("heic", items, "")), HasSubstr("million pixels of others"));
}

// A copy of another thread's socket or pipe would keep it open while a picture is decoded.
TEST(ImageAttacks, QuietThreadsHoldNoDescriptors) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  bool inside = true, errors = false;
  run_quietly([&] {
    inside = fcntl(ends[0], F_GETFD) != -1 || fcntl(ends[1], F_GETFD) != -1;
    errors = fcntl(STDERR_FILENO, F_GETFD) != -1;
  });
  EXPECT_FALSE(inside);
  EXPECT_TRUE(errors);
  EXPECT_NE(fcntl(ends[0], F_GETFD), -1);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace tagloom
