// Packing pictures: what is stored, the same bytes for any threads and interruptions, and folders that are refused.
#include "tools/packing/pack_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "engine/data/image.h"
#include "engine/data/picture_reader.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using testing::HasSubstr;

class PackPictures : public testing::Test {
 protected:
  PackPictures() {
    std::string text;
    for (int i = 0; i < kPictures; ++i) {
      Image image{.width = 50 + 5 * i, .height = 90 - 2 * i, .rgb = {}};
      for (int k = 0; k < image.width * image.height * 3; ++k) image.rgb.push_back(static_cast<uint8_t>(k * (i + 3) / 50));
      const std::vector<uint8_t> jpeg = encode_jpeg(image, 90);
      test::write_whole_file(folder_ / name(i), {jpeg.begin(), jpeg.end()});
      text += name(i) + "\tsky," + (i % 2 ? "sea" : "road") + "\n";
    }
    test::write_whole_file(folder_ / "t.tsv", text);
  }

  static std::string name(int i) { return std::to_string(i) + ".jpg"; }

  PackOptions options(const std::string& out) const {
    return {.out = folder_ / out, .name = "t", .packed = {.size = 48}, .shard_bytes = 15'000, .threads = 1};
  }
  PackSummary pack(const PackOptions& options) { return pack_pictures(read_manifest(folder_ / "t.tsv"), options); }

  std::map<std::string, std::string> files_in(const std::string& out) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / out))
      files[entry.path().filename()] = test::read_whole_file(entry.path());
    return files;
  }

  std::vector<uint8_t> images(const Dataset& dataset, const TransformOptions& transform) const {
    PictureReader reader(dataset, {.transform = transform, .workers = 1});
    reader.start(Sampler(dataset.size(), {.batch_size = dataset.size(), .shuffle = false}));
    HostBatch batch;
    EXPECT_TRUE(reader.next(batch));
    return batch.images;
  }

  static constexpr int kPictures = 20;
  test::TemporaryFolder folder_;
};

TEST_F(PackPictures, StoresThemAtTheirSizeWithTheirPathsAndTags) {
  const PackSummary summary = pack(options("pack"));
  EXPECT_TRUE(summary.complete);
  EXPECT_EQ(summary.pictures, kPictures);
  EXPECT_GT(summary.shards, 2);
  for (const auto& [name, bytes] : files_in("pack")) {
    EXPECT_TRUE(bytes.size() <= 15'000 || !name.ends_with(".tar")) << name;
  }
  const Manifest packed = read_manifest(folder_ / "pack"), manifest = read_manifest(folder_ / "t.tsv");
  ASSERT_EQ(packed.rows.size(), manifest.rows.size());
  EXPECT_EQ(packed.tag_names, manifest.tag_names);
  for (size_t i = 0; i < packed.rows.size(); ++i) {
    EXPECT_EQ(packed.rows[i].path, manifest.rows[i].path);
    EXPECT_EQ(packed.rows[i].tags, manifest.rows[i].tags);
    const PictureContent content = content_of(packed, i);
    const Image image = decode_image(content.bytes, content.name);
    const int width = 50 + 5 * static_cast<int>(i), height = 90 - 2 * static_cast<int>(i), shorter = std::min(width, height);
    EXPECT_EQ(image.width, width * 48 / shorter);
    EXPECT_EQ(image.height, height * 48 / shorter);
  }
  EXPECT_EQ(packed.pack->packed_size->size, 48);
  EXPECT_EQ(read_manifest(folder_ / "pack/t-{000000..000001}.tar").pack->packed_size->size, 48);
}

TEST_F(PackPictures, CopiesSmallPictures) {
  PackOptions large = options("pack");
  large.packed.size = 100;
  EXPECT_EQ(pack(large).copied, kPictures);
  const Manifest packed = read_manifest(folder_ / "pack");
  for (int i = 0; i < kPictures; ++i) {
    const PictureContent content = content_of(packed, static_cast<size_t>(i));
    EXPECT_EQ(std::string(content.bytes.begin(), content.bytes.end()), test::read_whole_file(folder_ / name(i)));
  }
}

TEST_F(PackPictures, PngGivesThePixelsOfTheFiles) {
  PackOptions exact = options("pack");
  exact.packed = {.size = 32, .resize = Resize::kSquash};
  exact.png = true;
  pack(exact);
  EXPECT_EQ(images(Dataset::open(folder_ / "pack"), {.size = 32}), images(Dataset::open(folder_ / "t.tsv"), {.size = 32}));
}

TEST_F(PackPictures, GivesTheSameBytesForAnyThreadsAndInterruptions) {
  pack(options("one"));
  PackOptions several = options("several");
  several.threads = 3;
  pack(several);
  const auto expected = files_in("one");
  EXPECT_EQ(files_in("several"), expected);

  PackOptions interrupted = options("interrupted");
  int64_t done = 0;
  interrupted.progress = [&](int64_t more) { done += more; };
  interrupted.stop = [&] { return done >= 16; };  // after the first window
  EXPECT_FALSE(pack(interrupted).complete);
  EXPECT_THAT(test::data_error([&] { read_manifest(folder_ / "interrupted"); }), HasSubstr("this pack is not finished"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "interrupted/index.safetensors"));
  const PackSummary rest = pack(options("interrupted"));
  EXPECT_GT(rest.resumed, 0);
  EXPECT_EQ(files_in("interrupted"), expected);
}

TEST_F(PackPictures, LeavesOutAndNamesUnreadablePictures) {
  test::write_whole_file(folder_ / name(3), "no picture");
  std::filesystem::remove(folder_ / name(5));
  const PackSummary summary = pack(options("pack"));
  EXPECT_EQ(summary.pictures, kPictures - 2);
  ASSERT_EQ(summary.unreadable.size(), 2u);
  EXPECT_THAT(summary.unreadable[0], HasSubstr("t.tsv:4: " + folder_.path() + "/3.jpg"));
  EXPECT_THAT(summary.unreadable[1], HasSubstr("5.jpg: cannot be opened: No such file"));
}

TEST_F(PackPictures, RefusesOtherFolders) {
  pack(options("pack"));
  EXPECT_THAT(test::usage_error([&] { pack(options("pack")); }), HasSubstr("is already a pack"));
  EXPECT_THAT(test::usage_error([&] { pack(options(".")); }), HasSubstr("is not empty: give a new folder"));
  PackOptions interrupted = options("other");
  interrupted.stop = [] { return true; };
  pack(interrupted);
  PackOptions changed = options("other");
  changed.quality = 80;
  EXPECT_THAT(test::usage_error([&] { pack(changed); }), HasSubstr("was begun with another manifest or other options"));
  changed.quality = 101;
  EXPECT_THAT(test::usage_error([&] { pack(changed); }), HasSubstr("--quality must be 1 to 100, got 101"));
  for (const char* name : {"", "..", "a/b", "caf\xE9"}) {
    changed = options("named");
    changed.name = name;
    EXPECT_THAT(test::usage_error([&] { pack(changed); }), HasSubstr("--name must be the start of a file name, in UTF-8, got"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "named"));
}

TEST_F(PackPictures, PacksAPackAgain) {
  pack(options("pack"));
  PackOptions smaller = options("smaller");
  smaller.packed.size = 24;
  const PackSummary summary = pack_pictures(read_manifest(folder_ / "pack"), smaller);
  EXPECT_EQ(summary.pictures, kPictures);
  const Manifest packed = read_manifest(folder_ / "smaller");
  const PictureContent content = content_of(packed, 0);
  EXPECT_EQ(decode_image(content.bytes, content.name).width, 24);
}

}  // namespace
}  // namespace tagloom
