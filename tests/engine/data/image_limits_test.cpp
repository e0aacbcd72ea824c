// Truncated and hostile files give an error or a picture, without out-of-bounds reads and within a memory limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

#include "engine/data/image.h"
#include "engine/data/picture_kinds.h"
#include "tests/engine/data/encoded_pictures.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Bytes = std::vector<uint8_t>;
using Values = std::vector<uint16_t>;

struct SmallFile {
  std::string name;
  Bytes bytes;
};

// One file of each kind that this build can decode and encode.
std::vector<SmallFile> small_files() {
  const Image image = test::make_picture(24, 17);
  const Values values(image.rgb.begin(), image.rgb.end());
  std::vector<SmallFile> files = {
      {"webp lossless", test::make_webp(24, 17, test::with_alpha(image))},
      {"webp lossy", test::make_lossy_webp(image)},
      {"webp animation", test::make_webp_animation(30, 20, test::make_webp(24, 17, test::with_alpha(image)), 24, 17, 2, 2)},
      {"tiff", test::make_tiff({.width = 24, .height = 17, .values = values, .compression = 5, .rows_per_strip = 4})},
      {"tiff jpeg", test::make_tiff({.width = 24, .height = 17, .photometric = 6, .values = values, .compression = 7})},
      {"tiff tiles", test::make_tiff({.width = 24, .height = 17, .values = values, .compression = 8, .tile = 16, .mode = "w8"})},
      {"heic", test::make_heif(test::HeifCodec::kHeic, {.width = 24, .height = 17, .values = values, .lossless = false})},
      {"avif", test::make_heif(test::HeifCodec::kAvif, {.width = 24, .height = 17, .values = values, .lossless = false})},
      {"jxl", test::make_jxl({.width = 24, .height = 17, .values = values})},
      {"jxl lossy", test::make_jxl({.width = 24, .height = 17, .values = values, .lossless = false, .container = true})},
  };
  std::erase_if(files, [](const SmallFile& file) { return file.bytes.empty(); });
  if (is_picture_extension(".dng")) files.push_back({"dng", test::make_dng(encode_jpeg(image, 60), 24, 17, 6)});
  return files;
}

// The error message, or "" for a picture.
std::string outcome(const Bytes& bytes) {
  try {
    const Image image = decode_image(bytes, "a.x");
    EXPECT_EQ(image.rgb.size(), static_cast<size_t>(image.width) * image.height * 3);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
    EXPECT_THAT(error.what(), testing::StartsWith("a.x: ")) << error.what();
    return error.what();
  }
}

TEST(ImageLimits, EveryPrefixGivesTheWholePictureOrAnError) {
  for (const SmallFile& file : small_files()) {
    SCOPED_TRACE(file.name);
    ASSERT_EQ(outcome(file.bytes), "");
    const Image whole = decode_image(file.bytes, "a.x");
    const size_t step = file.bytes.size() / 400 + 1;
    testing::internal::CaptureStderr();
    for (size_t size = 0; size < file.bytes.size(); size += step) {
      const Bytes cut(file.bytes.begin(), file.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      if (!outcome(cut).empty()) continue;
      EXPECT_EQ(decode_image(cut, "a.x").rgb, whole.rgb)
          << "part of a picture from " << size << " bytes of " << file.bytes.size();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

TEST(ImageLimits, DamageGivesAPictureOrAnError) {
  uint32_t state = 12345;
  const auto random = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
  for (const SmallFile& file : small_files()) {
    SCOPED_TRACE(file.name);
    testing::internal::CaptureStderr();
    for (int round = 0; round < 200; ++round) {
      Bytes bad = file.bytes;
      for (uint32_t n = 1 + random() % 8; n > 0; --n) bad[random() % bad.size()] = static_cast<uint8_t>(random());
      outcome(bad);
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

TEST(ImageLimits, ThreadsDecodeTheSamePictures) {
  const std::vector<SmallFile> files = small_files();
  std::vector<Bytes> expected;
  for (const SmallFile& file : files) expected.push_back(decode_image(file.bytes, "a.x").rgb);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int& mistakes : wrong) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round)
        for (size_t i = 0; i < files.size(); ++i) mistakes += decode_image(files[i].bytes, "a.x").rgb != expected[i];
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

// The process's peak memory, in MB.
int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

struct Bomb {
  std::string name;
  Bytes bytes;
};

// Replaces 4 bytes, which must occur.
Bytes replaced(Bytes bytes, const Bytes& from, const Bytes& to) {
  const auto at = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
  EXPECT_NE(at, bytes.end());
  if (at != bytes.end()) std::copy(to.begin(), to.end(), at);
  return bytes;
}

// Tiny files that claim 16,000 x 16,000 pixels, the most that is accepted.
std::vector<Bomb> bombs() {
  std::vector<Bomb> bombs;
  const Values black(64 * 64 * 3);
  // VP8L: 14 bits each of width - 1 and height - 1, then the codes of a picture of one colour.
  if (is_picture_extension(".webp")) {
    Bytes webp = test::make_webp(64, 64, Bytes(64 * 64 * 4, 255));
    const uint32_t size = 15999u | 15999u << 14 | static_cast<uint32_t>(webp[24] & 0xF0) << 24;
    for (int i = 0; i < 4; ++i) webp[21 + static_cast<size_t>(i)] = static_cast<uint8_t>(size >> 8 * i);
    bombs.push_back({"webp", webp});
    bombs.push_back(
        {"webp animation", test::make_webp_animation(16000, 16000, test::make_webp(2, 2, Bytes(16, 255)), 2, 2, 0, 0)});
  }
  if (is_picture_extension(".tif"))
    bombs.push_back({"tiff", replaced(replaced(test::make_tiff({.width = 64, .height = 64, .values = black, .compression = 8}),
                                               {0, 1, 3, 0, 1, 0, 0, 0, 64, 0}, {0, 1, 3, 0, 1, 0, 0, 0, 0x80, 0x3E}),
                                      {1, 1, 3, 0, 1, 0, 0, 0, 64, 0}, {1, 1, 3, 0, 1, 0, 0, 0, 0x80, 0x3E})});
  for (const test::HeifCodec codec : {test::HeifCodec::kHeic, test::HeifCodec::kAvif}) {
    const Bytes file = test::make_heif(codec, {.width = 64, .height = 64, .values = black, .lossless = false});
    if (!file.empty())
      bombs.push_back({"heif", replaced(file, {'i', 's', 'p', 'e', 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 64},
                                        {'i', 's', 'p', 'e', 0, 0, 0, 0, 0, 0, 0x3E, 0x80, 0, 0, 0x3E, 0x80})});
  }
  // JPEG XL, from the lowest bit: not small, height - 1 in 18 bits, square, everything else at its default.
  if (is_picture_extension(".jxl")) {
    const uint64_t bits = 2u << 1 | uint64_t{15999} << 3 | 1u << 21 | 1u << 24 | 1u << 25;
    Bytes jxl = {0xFF, 0x0A};
    for (int i = 0; i < 40; ++i) jxl.push_back(i < 8 ? static_cast<uint8_t>(bits >> 8 * i) : 0);
    bombs.push_back({"jxl", jxl});
  }
  return bombs;
}

TEST(ImageLimits, TinyFilesThatClaimGiantPicturesNeedLittleMemory) {
  for (const Bomb& bomb : bombs()) {
    SCOPED_TRACE(bomb.name);
    ASSERT_LT(bomb.bytes.size(), 100000u);
    const auto decode_in_child = [&] {
      const int64_t before = peak_memory();
      const std::string sentence = outcome(bomb.bytes);
      std::fprintf(stderr, "%lld MB: %s\n", static_cast<long long>(peak_memory() - before), sentence.c_str());
      const bool refused = sentence.find("to decode") != sentence.npos || sentence.find("bytes can hold") != sentence.npos;
      std::_Exit(refused && peak_memory() - before < 50 ? 0 : 1);
    };
    EXPECT_EXIT(decode_in_child(), testing::ExitedWithCode(0), "");
  }
}

}  // namespace
}  // namespace tagloom
