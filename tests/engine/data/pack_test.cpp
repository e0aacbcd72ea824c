// Packs: tar files of our own layout and of others, damaged ones, and their index.
#include "engine/data/packs/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/data/packs/pack_index.h"
#include "engine/data/picture_reader.h"
#include "engine/io/safetensors.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using testing::HasSubstr;

std::string octal(uint64_t value, size_t digits) {
  std::string text(digits, '0');
  for (size_t i = digits; value > 0 && i > 0; value /= 8) text[--i] = static_cast<char>('0' + value % 8);
  return text;
}

// A ustar header as POSIX describes it, and the content.
std::string member(const std::string& name, const std::string& content, char type = '0', const std::string& link = "") {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, octal(content.size(), 11));
  header.replace(136, 11, octal(0, 11));
  header.replace(148, 8, "        ");
  header[156] = type;
  header.replace(157, link.size(), link);
  header.replace(257, 8, std::string("ustar\00000", 8));
  uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 7, octal(sum, 6) + '\0');
  std::string padded = content;
  padded.resize((content.size() + 511) / 512 * 512);
  return header + padded;
}

const std::string kEnd(1024, '\0');

class PackTest : public testing::Test {
 protected:
  static std::string picture(int i) {
    const std::vector<uint8_t> bytes = encode_jpeg(test::make_picture(40 + 3 * i, 70 - 2 * i, i), 90);
    return {bytes.begin(), bytes.end()};
  }

  void write(const std::string& name, const std::string& text) { test::write_whole_file(folder_ / name, text); }
  Manifest read(const std::string& name) { return read_manifest(folder_ / name); }

  // "a.jpg: sky,sea"
  static std::vector<std::string> rows(const Manifest& manifest) {
    std::vector<std::string> texts;
    for (const ManifestRow row : manifest.rows) {
      std::string text = std::string(row.path) + ":";
      for (const int32_t tag : row.tags) text += (text.ends_with(':') ? " " : ",") + manifest.tag_names.at(tag);
      texts.push_back(text);
    }
    return texts;
  }

  static std::string content(const Manifest& manifest, size_t row) {
    const PictureContent read = content_of(manifest, row);
    return {read.bytes.begin(), read.bytes.end()};
  }

  std::string error(const std::string& tar) {
    write("bad.tar", tar);
    const std::string message = test::data_error([&] { read("bad.tar"); });
    EXPECT_THAT(message, testing::StartsWith(folder_ / "bad.tar"));
    return message.substr(std::min(message.size(), (folder_ / "bad.tar").size()));
  }

  // Shards with pictures 0 to 22, and the same pictures as files, with a manifest.
  void write_both() {
    std::string tars[2], text;
    std::filesystem::create_directories(folder_ / "pack");
    for (int i = 0; i < 23; ++i) {
      const std::string name = std::to_string(i), tag = i % 2 ? "sky" : "sea";
      tars[i / 12] += member("00" + name + ".jpg", picture(i)) +
                      member("00" + name + ".json", R"({"path": ")" + name + R"(.jpg", "tags": [")" + tag + "\"]}");
      write(name + ".jpg", picture(i));
      text += name + ".jpg\t" + tag + "\n";
    }
    write("pack/a-000000.tar", tars[0] + kEnd);
    write("pack/a-000001.tar", tars[1] + kEnd);
    write("t.tsv", text);
  }

  static std::vector<HostBatch> load(const Dataset& dataset, int workers, int64_t first) {
    PictureReader reader(dataset, {.transform = {.size = 16, .short_side = 20, .crop = Crop::kRandom, .flip = true},
                                   .training = true,
                                   .workers = workers,
                                   .seed = 5});
    Sampler sampler(dataset.size(), {.batch_size = 4, .seed = 3});
    sampler.advance_to(first);
    reader.start(sampler);
    std::vector<HostBatch> batches;
    for (HostBatch batch; reader.next(batch);) batches.push_back(batch);
    return batches;
  }

  static void expect_equal(const std::vector<HostBatch>& a, const std::vector<HostBatch>& b, size_t skipped) {
    ASSERT_EQ(a.size(), b.size() + skipped);
    for (size_t i = 0; i < b.size(); ++i) {
      EXPECT_EQ(a[i + skipped].index, b[i].index);
      EXPECT_EQ(a[i + skipped].images, b[i].images) << "batch " << i;
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(PackTest, ReadsTheDescriptionsThatWebDatasetsHave) {
  write("a.tar", member("x/1.jpg", picture(1)) + member("x/1.json", R"({"tags": ["sky", {"tag": "sea"}], "more": 1})") +
                     member("2.cls", "7\n") + member("2.PNG", "no picture") + member("3.seg.png", "x") +
                     member("3.jpeg", picture(3)) + member("3.txt", "blue sky, sea\n") + member("4.jpg", picture(4)) +
                     member("5.npy", "x") + member("README", "x") + kEnd);
  const Manifest manifest = read("a.tar");
  EXPECT_EQ(rows(manifest), (std::vector<std::string>{"x/1.jpg: sky,sea", "2.PNG: 7", "3.jpeg: blue sky,sea", "4.jpg:"}));
  EXPECT_EQ(content(manifest, 0), picture(1));
  EXPECT_EQ(content(manifest, 1), "no picture");
  EXPECT_EQ(content(manifest, 3), picture(4));
  EXPECT_EQ(content_of(manifest, 3).name, folder_ / "a.tar: 4.jpg");
}

TEST_F(PackTest, SkipsLinksAndReadsLongNames) {
  const std::string longest = std::string(150, 'n') + ".jpg", pax_name = std::string(120, 'p') + ".jpg";
  const std::string record = "path=" + pax_name + "\n", length = std::to_string(record.size() + 4) + " ";
  write("a.tar", member("d/", "", '5') + member("1.jpg", "", '2', "/etc/passwd") + member("2.jpg", "", '1', "3.jpg") +
                     member("../../3.jpg", picture(3)) + member("././@LongLink", longest + '\0', 'L') +
                     member("short.jpg", picture(4)) + member("PaxHeaders/x", length + record, 'x') +
                     member("short.jpg", picture(5)) + member("6.jpg", "", '6') + kEnd);
  const Manifest manifest = read("a.tar");
  EXPECT_EQ(rows(manifest), (std::vector<std::string>{"../../3.jpg:", longest + ":", pax_name + ":"}));
  EXPECT_EQ(content(manifest, 0), picture(3));
  EXPECT_EQ(content(manifest, 1), picture(4));
  EXPECT_EQ(content(manifest, 2), picture(5));
}

TEST_F(PackTest, RejectsDamagedTarFiles) {
  const std::string good = member("1.jpg", picture(1)) + member("1.json", R"({"tags": []})");
  for (const size_t size : {good.size() - 500, size_t{513}, size_t{700}})
    EXPECT_THAT(error(good.substr(0, size)),
                testing::AnyOf(HasSubstr("runcated"), HasSubstr("1.jpg is sparse, or the archive ends in it")))
        << size;
  EXPECT_EQ(error(""), ": is empty");
  EXPECT_THAT(error(std::string(2048, 'x')), HasSubstr("is not an uncompressed tar file"));
  std::string flipped = good;
  flipped[3] = 'x';  // the header's checksum no longer fits
  EXPECT_THAT(error(flipped), HasSubstr("is not an uncompressed tar file"));
  EXPECT_EQ(error(member("1.jpg", "a") + member("1.png", "b")),
            ": 1.jpg and 1.png are pictures of one sample: give them different names");
  EXPECT_EQ(error(member("1.txt", "a") + member("1.txt", "b")), ": 1.txt occurs twice in a row");
  EXPECT_THAT(error(member("1.json", R"({"tags": []})") + member("2.jpg", "a")),
              HasSubstr(": 1 has no picture in the archive itself"));
  EXPECT_EQ(error(member("1.jpg", "")), ": 1.jpg is empty");
  EXPECT_THAT(error(member("1.jpg", "a") + member("1.json", "{")), HasSubstr(": 1.json:2: is not JSON"));
  EXPECT_THAT(error(member("1.jpg", "a") + member("1.json", R"({"caption": "x"})")), HasSubstr(": 1.json: has no \"tags\""));
  EXPECT_THAT(error(member("1.jpg", "a") + member("1.txt", "a\x01")), HasSubstr(": 1.txt: byte 2 is a control character"));
  EXPECT_THAT(error(member("1.jpg", "a") + member("1.txt", "a,,b")), HasSubstr("1.jpg has an empty tag"));
}

TEST_F(PackTest, ReadsSeveralShards) {
  write_both();
  const std::vector<std::string> expected = rows(read("pack"));
  ASSERT_EQ(expected.size(), 23u);
  EXPECT_EQ(expected[13], "13.jpg: sky");
  EXPECT_EQ(rows(read("pack/a-{000000..000001}.tar")), expected);
  EXPECT_EQ(rows(read("pack/a-000001.tar")).size(), 11u);
  EXPECT_EQ(expand_shard_pattern("a-{8..10}-{0..1}.tar"),
            (std::vector<std::filesystem::path>{"a-8-0.tar", "a-8-1.tar", "a-9-0.tar", "a-9-1.tar", "a-10-0.tar", "a-10-1.tar"}));
  EXPECT_EQ(test::data_error([] { expand_shard_pattern("a-{5..1}.tar"); }),
            "a-{5..1}.tar: 5 to 1 must rise, by less than 1000000");
  EXPECT_EQ(test::data_error([] { expand_shard_pattern("a-{a..b}.tar"); }), "a-{a..b}.tar: braces must be like {000000..000009}");
  EXPECT_THAT(test::data_error([&] { read("pack/a-{000001..000002}.tar"); }), HasSubstr("a-000002.tar: cannot be opened"));
}

TEST_F(PackTest, TheIndexGivesTheSamePictures) {
  write_both();
  const Manifest scanned = read("pack");
  write_pack_index(folder_ / "pack");
  for (const char* name : {"pack", "pack/index.safetensors"}) {
    const Manifest indexed = read(name);
    EXPECT_EQ(rows(indexed), rows(scanned));
    for (size_t i = 0; i < scanned.rows.size(); ++i) EXPECT_EQ(content(indexed, i), picture(static_cast<int>(i)));
    EXPECT_TRUE(damaged_shards(*indexed.pack).empty());
  }
  std::string shard = test::read_whole_file(folder_ / "pack/a-000001.tar");
  shard[600] ^= 1;
  write("pack/a-000001.tar", shard);
  EXPECT_THAT(damaged_shards(*read("pack").pack), testing::ElementsAre(HasSubstr("a-000001.tar: its bytes are not those")));
  write("pack/a-000001.tar", shard + kEnd);
  EXPECT_THAT(test::data_error([&] { read("pack"); }), HasSubstr("a-000001.tar has"));
  std::filesystem::remove(folder_ / "pack/a-000001.tar");
  EXPECT_THAT(test::data_error([&] { read("pack"); }), HasSubstr("a-000001.tar: cannot be opened"));
}

TEST_F(PackTest, RejectsDamagedIndices) {
  write_both();
  write_pack_index(folder_ / "pack");
  const std::string file = folder_ / "pack/index.safetensors", good = test::read_whole_file(file);
  for (size_t at = 8; at < good.size(); at += 97) {
    std::string bad = good;
    bad[at] ^= 4;
    write("pack/index.safetensors", bad);
    EXPECT_NE(test::data_error([&] { read("pack"); }), "") << at;
  }
  write("pack/index.safetensors", good);
  const Safetensors index = Safetensors::parse(std::as_bytes(std::span(good)), "good");
  const auto rejected = [&](const std::string& list, auto change, const std::string& reason) {
    std::vector<SafetensorsEntry> entries = index.entries();
    SafetensorsMetadata metadata = index.metadata();
    metadata.erase(kSafetensorsChecksum);
    std::vector<std::byte> changed;
    for (SafetensorsEntry& entry : entries) {
      if (entry.name != list) continue;
      changed.assign(entry.bytes.begin(), entry.bytes.end());
      change(reinterpret_cast<uint32_t*>(changed.data()));
      entry.bytes = changed;
    }
    if (metadata.contains(list)) {
      metadata.erase(list);
      if (!reason.empty()) metadata[list] = reason.substr(reason.find('|') + 1);
    }
    const std::string copy = folder_ / "copy.safetensors";
    write_safetensors(copy, entries, metadata);
    test::write_whole_file(folder_ / "pack/index.safetensors", test::read_whole_file(copy));
    EXPECT_THAT(test::data_error([&] { read("pack"); }), HasSubstr(reason.substr(0, reason.find('|')))) << list;
  };
  rejected(
      "blocks", [](uint32_t* blocks) { blocks[3] = 1 << 30; }, "picture 4 should be");
  rejected(
      "sizes", [](uint32_t* sizes) { sizes[12] = 1 << 30; }, "picture 1 should be 1073741824 bytes");
  rejected(
      "sizes", [](uint32_t* sizes) { sizes[2] = 0; }, "picture 3 should be 0 bytes");
  rejected(
      "tags", [](uint32_t* tags) { tags[1] = 2; }, "a tag of picture 2 is unknown or repeated");
  rejected(
      "tags", [](uint32_t* tags) { tags[1] = 1u << 31; }, "a tag of picture 2 is unknown or repeated");
  rejected(
      "tag_counts", [](uint32_t* counts) { counts[0] = 3; }, "a tag of picture 1 is unknown or repeated");
  rejected(
      "tag_counts", [](uint32_t* counts) { counts[0] = UINT32_MAX; }, "end before picture 1");
  rejected(
      "path_lengths", [](uint32_t* lengths) { lengths[22] = 1; }, "more paths or tags than pictures");
  rejected(
      "path_lengths", [](uint32_t* lengths) { lengths[5] = 0; }, "end before picture 6");
  const auto nothing = [](uint32_t*) {};
  rejected("tagloom.pack", nothing, "its version is 2|2");
  rejected("tagloom.shards", nothing, "is not a JSON array|[");
  rejected("tagloom.shards", nothing, "is not the name of a .tar file|[{\"file\": \"../t.tar\", \"bytes\": 1, \"pictures\": 1}]");
  rejected("tagloom.shards", nothing, "its shards have 0 pictures, its lists 23|[]");
}

TEST_F(PackTest, TrainsLikeTheFolderFromAnyPosition) {
  write_both();
  write_pack_index(folder_ / "pack");
  const Dataset files = Dataset::open(folder_ / "t.tsv"), packed = Dataset::open(folder_ / "pack");
  ASSERT_EQ(packed.size(), 23);
  ASSERT_EQ(packed.vocabulary().names(), files.vocabulary().names());
  const std::vector<HostBatch> expected = load(files, 1, 0);
  expect_equal(expected, load(packed, 3, 0), 0);
  expect_equal(expected, load(packed, 2, 4), 4);
  const auto [rest, cut] = packed.split(0.3, 7);
  const auto [files_rest, files_cut] = files.split(0.3, 7);
  expect_equal(load(files_cut, 1, 0), load(cut, 1, 0), 0);
  EXPECT_EQ(rest.file_of(0).filename(), files_rest.file_of(0).filename());
}

TEST_F(PackTest, IsOpenedOnlyWhenItIsComplete) {
  write_both();
  write("pack/pack.unfinished", "{}");
  EXPECT_THAT(test::data_error([&] { read("pack"); }), HasSubstr("this pack is not finished"));
  std::filesystem::remove(folder_ / "pack/pack.unfinished");
  write("pack/pack.json", R"({"size": 32, "resize": "short_side", "interpolation": "bilinear"})");
  EXPECT_EQ(read("pack").pack->packed_size->size, 32);
  const Dataset packed = Dataset::open(folder_ / "pack");
  EXPECT_THAT(test::usage_error([&] { PictureReader(packed, {.transform = {.size = 48}}); }),
              HasSubstr("its pictures were resized to 32 pixels, but data.size is 48: set it to at most 32"));
  PictureReader(packed, {.transform = {.size = 32}});
  write("pack/pack.json", R"({"size": 32, "resize": "stretch", "interpolation": "bilinear"})");
  EXPECT_THAT(test::data_error([&] { read("pack"); }),
              HasSubstr("pack.json: its \"size\", \"resize\" or \"interpolation\" is missing or unknown"));
}

TEST(PackedSize, AllowsOnlyTransformsThatItHasPixelsFor) {
  const PackedSize short_side{.size = 256}, squashed{.size = 224, .resize = Resize::kSquash};
  const TransformOptions scaled{.size = 224, .resize = Resize::kShortSide, .short_side = 256};
  check_fits(short_side, scaled, "p");
  check_fits(short_side, {.size = 256}, "p");
  check_fits(squashed, {.size = 224}, "p");
  EXPECT_THAT(test::usage_error([&] { check_fits(squashed, scaled, "p"); }), HasSubstr("p: its pictures were squashed"));
  EXPECT_THAT(test::usage_error([&] { check_fits(squashed, {.size = 224, .crop = Crop::kRandom}, "p"); }),
              HasSubstr("data.short_side is 256: set it to at most 224, or pack them with --size 256"));
  EXPECT_THAT(test::usage_error([&] { check_fits(short_side, {.interpolation = Interpolation::kBicubic}, "p"); }),
              HasSubstr("set data.interpolation = \"bilinear\", or pack them with --interpolation bicubic"));
}

TEST_F(PackTest, AnIndexNeedsNamesInUtf8) {
  std::filesystem::create_directory(folder_ / "p");
  write("p/caf\xE9.tar", member("1.jpg", picture(1)) + kEnd);
  EXPECT_EQ(read("p").rows.size(), 1u);
  EXPECT_THAT(test::data_error([&] { write_pack_index(folder_ / "p"); }),
              HasSubstr("/p/caf\\xe9.tar: its name is not UTF-8, which an index requires: rename it"));
}

}  // namespace
}  // namespace tagloom
