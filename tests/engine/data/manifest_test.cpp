// Manifests in every format, and messages about invalid ones.
#include "engine/data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/io/hash.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Tags = std::vector<std::string>;

class ManifestTest : public testing::Test {
 protected:
  Manifest read(const std::string& name, const std::string& text) {
    test::write_whole_file(folder_ / name, text);
    return read_manifest(folder_ / name);
  }

  // The message without the temporary folder.
  std::string error(const std::string& name, const std::string& text) {
    const std::string message = test::data_error([&] { read(name, text); });
    const std::string prefix = folder_.path() + "/";
    EXPECT_THAT(message, testing::StartsWith(prefix));
    return message.substr(prefix.size());
  }

  static Tags tags(const Manifest& manifest, size_t row) {
    Tags names;
    for (const int32_t tag : manifest.rows.at(row).tags) names.push_back(manifest.tag_names.at(tag));
    return names;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ManifestTest, EveryFormatGivesTheSameRows) {
  const Manifest manifests[] = {
      read("a.tsv", "p/a.jpg\tsky,sea\np/b b.jpg\t\np/c.jpg\tsea,blue sky,sea\n"),
      read("a.csv", "path,tags\np/a.jpg,\"sky,sea\"\np/b b.jpg,\np/c.jpg,sea;blue sky;sea\n"),
      read("a.jsonl",
           "{\"path\": \"p/a.jpg\", \"tags\": [\"sky\", \"sea\"], \"width\": 3}\n"
           "{\"tags\": [], \"path\": \"p/b b.jpg\"}\n"
           "{\"path\": \"p/c.jpg\", \"tags\": [\"sea\", \"blue sky\", \"sea\"]}\n"),
  };
  for (const Manifest& manifest : manifests) {
    SCOPED_TRACE(manifest.file);
    ASSERT_EQ(manifest.rows.size(), 3u);
    EXPECT_EQ(manifest.rows[0].path, "p/a.jpg");
    EXPECT_EQ(manifest.rows[1].path, "p/b b.jpg");
    EXPECT_EQ(tags(manifest, 0), (Tags{"sky", "sea"}));
    EXPECT_EQ(tags(manifest, 1), Tags{});
    EXPECT_EQ(tags(manifest, 2), (Tags{"sea", "blue sky"}));
    EXPECT_EQ(manifest.repeated_tags, 1);
    EXPECT_EQ(manifest.tag_names, (Tags{"sky", "sea", "blue sky"}));
  }
  EXPECT_EQ(manifests[0].rows[2].line, 3);
  EXPECT_EQ(manifests[1].rows[2].line, 4);
}

TEST_F(ManifestTest, IgnoresWhatOtherProgramsAdd) {
  for (const char* name : {"a.tsv", "A.TSV"}) {
    const Manifest manifest = read(name,
                                   "\xEF\xBB\xBF"
                                   "a.jpg\t sky , sea \r\n\r\n\nb.jpg\tsky");
    ASSERT_EQ(manifest.rows.size(), 2u);
    EXPECT_EQ(manifest.rows[0].path, "a.jpg");
    EXPECT_EQ(tags(manifest, 0), (Tags{"sky", "sea"}));
    EXPECT_EQ(manifest.rows[1].line, 4);
  }
  const Manifest csv = read("a.csv", "\xEF\xBB\xBFpath,tags\r\n\"a.jpg\",sky\r\n\r\nb.jpg,\"\"\r\n");
  ASSERT_EQ(csv.rows.size(), 2u);
  EXPECT_EQ(csv.rows[0].path, "a.jpg");
  EXPECT_EQ(tags(csv, 0), Tags{"sky"});
  EXPECT_EQ(tags(csv, 1), Tags{});
}

TEST_F(ManifestTest, ReadsCsvQuotes) {
  const Manifest manifest = read("a.csv", "\"a, \"\"b\"\".jpg\",\"sky\"\nc.jpg,x");
  ASSERT_EQ(manifest.rows.size(), 2u);
  EXPECT_EQ(manifest.rows[0].path, "a, \"b\".jpg");
  EXPECT_EQ(manifest.rows[1].line, 2);
}

TEST_F(ManifestTest, SkipsACsvHeaderOnlyInTheFirstRow) {
  EXPECT_EQ(read("a.csv", "path,tags\n").rows.size(), 0u);
  EXPECT_EQ(read("a.csv", "a.jpg,x\npath,tags\n").rows.size(), 2u);
}

TEST_F(ManifestTest, AcceptsTagsInAnyScript) {
  EXPECT_EQ(tags(read("a.tsv", "ä.jpg\tНебо,海,🌊\n"), 0), (Tags{"Небо", "海", "🌊"}));
  EXPECT_EQ(tags(read("a.jsonl", R"({"path": "a", "tags": ["\u6d77"]})"), 0), Tags{"海"});
}

TEST_F(ManifestTest, EqualBytesHaveEqualHashes) {
  const uint64_t hash = read("a.tsv", "a\tx\n").content_hash;
  EXPECT_EQ(read("b.tsv", "a\tx\n").content_hash, hash);
  EXPECT_NE(read("c.tsv", "a\ty\n").content_hash, hash);
}

TEST_F(ManifestTest, ReportsTheLineOfTsvErrors) {
  EXPECT_EQ(error("t.tsv", "a.jpg\tx\nb.jpg sky\n"), "t.tsv:2: the row has no tab: write PATH<TAB>TAG,TAG");
  EXPECT_EQ(
      error("t.tsv", "a.jpg\tx\ty\n"),
      "t.tsv:1: has more than one tab; a row is path<TAB>tag,tag, unless a heading such as path<TAB>tags names the columns");
  EXPECT_EQ(error("t.tsv", "\tx\n"), "t.tsv:1: the picture's path is empty");
  EXPECT_EQ(error("t.tsv", "\t\n"), "t.tsv:1: the picture's path is empty");
  EXPECT_EQ(error("t.tsv", "\na.jpg\tx,,y\n"), "t.tsv:2: a.jpg has an empty tag; remove the extra separator");
  EXPECT_EQ(error("t.tsv", "a.jpg\tx,\n"), "t.tsv:1: a.jpg has an empty tag; remove the extra separator");
  EXPECT_EQ(error("t.tsv", "a.jpg\tx\nb.jpg\tsk\xE4\n"), "t.tsv:2: byte 9 is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(error("t.tsv",
                  "a.jpg\tx\n\xEF\xBB\xBF"
                  "b.jpg\tx\n"),
            "t.tsv:2: byte 1 begins a byte order mark (U+FEFF), which is allowed only at the start of a file; remove it");
  EXPECT_EQ(error("t.tsv", std::string("a.jpg\tx\0y\n", 10)), "t.tsv:1: byte 8 is a control character (code 0)");
}

TEST_F(ManifestTest, ReadsQuotedTsvFields) {
  const Manifest manifest = read("a.tsv",
                                 "\"a\tb\nc\x1B.jpg\"\t\"wheel, spare\", \"a \"\"b\"\"\" ,\":d\",5\" pipe\r\n"
                                 "b \"q\", c.jpg\tsky\n");
  ASSERT_EQ(manifest.rows.size(), 2u);
  EXPECT_EQ(manifest.rows[0].path, "a\tb\nc\x1B.jpg");
  EXPECT_EQ(tags(manifest, 0), (Tags{"wheel, spare", "a \"b\"", ":d", "5\" pipe"}));
  EXPECT_EQ(manifest.rows[1].path, "b \"q\", c.jpg");
  EXPECT_EQ(manifest.rows[1].line, 3);
  EXPECT_EQ(error("t.tsv", "a.jpg\tx\n\"b.jpg\tx\n"), "t.tsv:2: a quote opens in this row and is never closed");
  EXPECT_EQ(error("t.tsv", "\"b.jpg\" x\n"), "t.tsv:1: a tab must follow the path's closing quote: write PATH<TAB>TAG,TAG");
  EXPECT_EQ(error("t.tsv", "b.jpg\t\"x\" y\n"), "t.tsv:1: a comma or the end of the line must follow a closing quote");
  EXPECT_EQ(error("t.tsv", "b.jpg\t\"x\ny\"\n"), "t.tsv:1: byte 8 is a control character (code 10)");
  EXPECT_EQ(error("t.tsv", "b.jpg\t\"\"\n"), "t.tsv:1: b.jpg has an empty tag; remove the extra separator");
  EXPECT_EQ(error("t.tsv", "a\x1B.jpg\tx\n"), "t.tsv:1: byte 2 is a control character (code 27)");
}

TEST_F(ManifestTest, ReadsCsvWithOneTagPerRow) {
  const Manifest manifest = read("a.csv", "path,tag,score\nb.jpg,sky,0.9\n\"a,\n.jpg\",,\nc.jpg,\"x, y\",1\nb.jpg,sea,0.1\n");
  ASSERT_EQ(manifest.rows.size(), 3u);
  EXPECT_EQ(manifest.rows[0].path, "b.jpg");
  EXPECT_EQ(tags(manifest, 0), (Tags{"sky", "sea"}));
  EXPECT_EQ(manifest.rows[1].path, "a,\n.jpg");
  EXPECT_EQ(tags(manifest, 1), Tags{});
  EXPECT_EQ(manifest.rows[2].line, 5);
  EXPECT_EQ(tags(manifest, 2), Tags{"x, y"});
  EXPECT_EQ(error("t.csv", "path,tag,score\na.jpg,sky\n"), "t.csv:2: has 2 fields, but the heading has 3 (path, tag, score)");
}

// Random rows, against a map of lists.
TEST_F(ManifestTest, JoinsTheRowsOfAPicture) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> paths;
    std::map<std::string, Tags> tags_of;
    std::map<std::string, int64_t> line_of;
    std::string csv = "path,tag\n", tsv = "path\ttag\n";
    int64_t repeated = 0;
    const int lines = static_cast<int>(random() % 12);
    for (int line = 2; line < 2 + lines; ++line) {
      const std::string path = std::string(1, static_cast<char>('a' + random() % 4)) + ".jpg";
      const std::string tag = random() % 5 == 0 ? "" : "tag " + std::to_string(random() % 4);
      csv += path + "," + tag + "\n";
      tsv += path + "\t" + tag + "\n";
      if (line_of.try_emplace(path, line).second) paths.push_back(path);
      const bool repeats = std::ranges::count(tags_of[path], tag) > 0;
      repeated += repeats;
      if (!repeats && !tag.empty()) tags_of[path].push_back(tag);
    }
    for (const Manifest& manifest : {read("a.csv", csv), read("a.tsv", tsv)}) {
      ASSERT_EQ(manifest.rows.size(), paths.size()) << csv;
      for (size_t i = 0; i < paths.size(); ++i) {
        EXPECT_EQ(manifest.rows[i].path, paths[i]) << csv;
        EXPECT_EQ(manifest.rows[i].line, line_of[paths[i]]) << csv;
        EXPECT_EQ(tags(manifest, i), tags_of[paths[i]]) << csv;
      }
      EXPECT_EQ(manifest.repeated_tags, repeated) << csv;
    }
  }
}

TEST_F(ManifestTest, ReadsJsonlFromTagpredict) {
  const Manifest manifest = read("a.jsonl",
                                 "{\"path\": \"caf\xEF\xBF\xBD.jpg\", \"path_bytes\": \"Y2Fm6S5qcGc=\", \"tags\": "
                                 "[{\"tag\": \"sky\", \"score\": 0.5}, \"sea\"]}\n{\"path\": \"a\\nb.jpg\", \"tags\": []}\n");
  ASSERT_EQ(manifest.rows.size(), 2u);
  EXPECT_EQ(manifest.rows[0].path, "caf\xE9.jpg");
  EXPECT_EQ(tags(manifest, 0), (Tags{"sky", "sea"}));
  EXPECT_EQ(manifest.rows[1].path, "a\nb.jpg");
  EXPECT_EQ(error("t.jsonl", "{\"path\": \"\", \"path_bytes\": \"Y2F!\", \"tags\": []}"),
            "t.jsonl:1: \"path_bytes\" is not base64");
  EXPECT_EQ(error("t.jsonl", "{\"path\": \"\", \"path_bytes\": \"YQBi\", \"tags\": []}"),
            "t.jsonl:1: \"path_bytes\" contains a zero byte");
  EXPECT_THAT(error("t.jsonl", "{\"path\": \"a\", \"tags\": [{\"score\": 1}]}"), testing::HasSubstr("has no \"tag\""));
  EXPECT_EQ(error("t.jsonl", "{\"path\": \"a\", \"tags\": [{\"tag\": 1}]}"),
            "t.jsonl:1: a tag is a JSON number, expected a string");
}

// A file name may contain U+FEFF; elsewhere it is the remains of files joined by accident.
TEST_F(ManifestTest, ReadsByteOrderMarksInQuotedPaths) {
  const std::string path = "\uFEFFa\uFEFF.jpg";
  EXPECT_EQ(read("a.tsv", "\"" + path + "\"\tsky\n").rows.at(0).path, path);
  EXPECT_EQ(read("a.tsv", "\uFEFF\"" + path + "\"\tsky\n").rows.at(0).path, path);
  EXPECT_EQ(read("a.csv", "\"" + path + "\",sky\n").rows.at(0).path, path);
  EXPECT_EQ(read("a.csv", "path,tag,score\n\"" + path + "\",sky,1\n").rows.at(0).path, path);
  EXPECT_EQ(read("a.jsonl", R"({"path": "\ufeffa\ufeff.jpg", "tags": []})").rows.at(0).path, path);
  EXPECT_THAT(error("t.csv", path.substr(3) + ",sky\n"), testing::HasSubstr("byte 2 begins a byte order mark"));
  EXPECT_THAT(error("t.csv", "a.jpg,\"\uFEFFsky\"\n"), testing::HasSubstr("begins a byte order mark"));
  EXPECT_THAT(error("t.jsonl", R"({"path": "a", "tags": ["\ufeffsky"]})"), testing::HasSubstr("begins a byte order mark"));
}

TEST_F(ManifestTest, FindsEveryIllFormedUtf8) {
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x8C", "\xC3(", "\xFF"})
    EXPECT_EQ(error("t.tsv", std::string("a\tx") + bad + "\n"), "t.tsv:1: byte 4 is not UTF-8; save the file as UTF-8");
}

TEST_F(ManifestTest, ReportsTheLineOfCsvErrors) {
  const std::string two = ", expected 2 (path, tags): photos/a.jpg,\"sky,sea\"; without tags a row ends with the comma";
  EXPECT_EQ(error("t.csv", "a.jpg,x\nb.jpg,x,y\n"), "t.csv:2: has 3 fields" + two);
  EXPECT_EQ(error("t.csv", "a.jpg\n"), "t.csv:1: has 1 field" + two);
  EXPECT_EQ(error("t.csv", ",x\n"), "t.csv:1: the picture's path is empty");
  EXPECT_EQ(error("t.csv", "a.jpg,x\nb.jpg,\"x\nc.jpg,x\n"), "t.csv:2: a quote opens in this row and is never closed");
  EXPECT_EQ(error("t.csv", "a.jpg,\"x\"y\n"), "t.csv:1: a comma or the end of the line must follow a closing quote");
  EXPECT_EQ(error("t.csv", "a.jpg,x\"y\"\n"), "t.csv:1: a quote inside a field: quote the whole field and double the quote");
  EXPECT_EQ(error("t.csv", "a.jpg,\"x\ny\"\nb.jpg\n"), "t.csv:1: byte 2 is a control character (code 10)");
  EXPECT_EQ(error("t.csv", "a.jpg,\xFF\n"), "t.csv:1: byte 1 is not UTF-8; save the file as UTF-8");
}

TEST_F(ManifestTest, ReportsLineAndColumnOfJsonlErrors) {
  const std::string row = "{\"path\": \"a\", \"tags\": []}\n";
  EXPECT_THAT(error("t.jsonl", row + "{\"path\": x}\n"), testing::StartsWith("t.jsonl:2:10: is not JSON: "));
  EXPECT_THAT(error("t.jsonl", "{\"path\": \"a\", \"tags\": ["), testing::StartsWith("t.jsonl:1:24: is not JSON: "));
  EXPECT_EQ(error("t.jsonl", row + "{\"path\": \"a\", \"tags\": [], \"width\": 1e999}"),
            "t.jsonl:2: is not JSON: number overflow parsing '1e999'");
  EXPECT_EQ(error("t.jsonl", row + "[]\n"), "t.jsonl:2: is a JSON array, expected an object");
  EXPECT_EQ(error("t.jsonl", "{\"path\": \"a\", \"words\": []}"),
            "t.jsonl:1: has no \"tags\", only path, words; a row is {\"path\": \"photos/a.jpg\", \"tags\": [\"sky\", \"sea\"]}");
  EXPECT_EQ(error("t.jsonl", "{\"path\": 3, \"tags\": []}"), "t.jsonl:1: \"path\" is a JSON number, expected a string");
  EXPECT_EQ(error("t.jsonl", "{\"path\": \"a\", \"tags\": \"sky\"}"),
            "t.jsonl:1: \"tags\" is a JSON string, expected an array of strings");
  EXPECT_EQ(error("t.jsonl", "{\"path\": \"a\", \"tags\": [null]}"), "t.jsonl:1: a tag is a JSON null, expected a string");
  EXPECT_EQ(error("t.jsonl", "{\"path\": \"a\", \"tags\": [\" \"]}"),
            "t.jsonl:1: a has an empty tag; remove the extra separator");
  EXPECT_EQ(error("t.jsonl", R"({"path": "a", "tags": ["x\ny"]})"), "t.jsonl:1: byte 2 is a control character (code 10)");
}

// A recursive parser would overflow the stack.
TEST_F(ManifestTest, RejectsDeepJsonWithoutRecursion) {
  EXPECT_THAT(error("t.jsonl", std::string(200000, '[')), testing::StartsWith("t.jsonl:1:200001: is not JSON: "));
  EXPECT_EQ(error("t.jsonl", std::string(200000, '[') + std::string(200000, ']')),
            "t.jsonl:1: is a JSON array, expected an object");
}

TEST_F(ManifestTest, RejectsOtherFiles) {
  EXPECT_EQ(test::data_error([&] { read_manifest(folder_.path()); }),
            folder_.path() + ": this is a folder: give a manifest (.tsv, .csv or .jsonl) or a pack");
  EXPECT_EQ(error("t.txt", ""),
            "t.txt: the extension must be .tsv, .csv or .jsonl: rename the file .tsv if tabs separate the fields, .csv if commas "
            "or semicolons do; packs are .tar");
  EXPECT_EQ(test::data_error([&] { read_manifest(folder_ / "no.tsv"); }),
            folder_ / "no.tsv" + ": cannot be opened: No such file or directory");
  EXPECT_EQ(read("empty.tsv", "").rows.size(), 0u);
}

// A file above 64 MiB is mapped, and its pages are released while it is read.
TEST_F(ManifestTest, ReadsLargeFilesLikeSmallOnes) {
  const std::string path(1'000'000, 'p');
  std::string text;
  for (int i = 0; i < 70; ++i) text += path + std::to_string(i) + ".jpg\tsky,tag " + std::to_string(i % 7) + "\n";
  const Manifest manifest = read("a.tsv", text);
  ASSERT_EQ(manifest.rows.size(), 70u);
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(manifest.rows[i].path, path + std::to_string(i) + ".jpg");
    EXPECT_EQ(tags(manifest, i), (Tags{"sky", "tag " + std::to_string(i % 7)}));
    EXPECT_EQ(manifest.rows[i].line, i + 1);
  }
  EXPECT_EQ(manifest.content_hash, hash_file(folder_ / "a.tsv"));
  EXPECT_EQ(error("a.tsv", text + "b.jpg"), "a.tsv:71: the row has no tab: write PATH<TAB>TAG,TAG");
}

TEST(ManifestRows, KeepsSomeRowsAndMapsTheirTags) {
  ManifestRows rows;
  const std::vector<std::vector<int32_t>> tags = {{0, 1, 2}, {}, {2}, {1, 0}, {3}};
  for (size_t i = 0; i < tags.size(); ++i) rows.add("path " + std::to_string(i * i * i), tags[i], static_cast<int64_t>(10 * i));
  const int32_t id_of[] = {5, -1, 7, -1};
  rows.map_tags(id_of);
  rows.keep({false, true, true, false, true});
  ASSERT_EQ(rows.size(), 3u);
  rows.add("last", std::vector<int32_t>{9}, 60);
  const char* const paths[] = {"path 1", "path 8", "path 64", "last"};
  const std::vector<int32_t> mapped[] = {{}, {7}, {}, {9}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rows[i].path, paths[i]);
    EXPECT_EQ(rows[i].tags, mapped[i]);
  }
  EXPECT_EQ(rows[2].line, 40);
  EXPECT_EQ(rows.repeated_paths(), 0);
  rows.add("path 8", std::vector<int32_t>{}, 70);
  EXPECT_EQ(rows.repeated_paths(), 1);
  EXPECT_THROW(rows.at(5), std::out_of_range);
  EXPECT_EQ(test::data_error([&] { rows.add("a", std::vector<int32_t>{}, int64_t{1} << 32); }),
            "[manifest] line 4294967296 is beyond the most lines of a manifest, 4294967295");
}

TEST_F(ManifestTest, ARowMayHaveManyTags) {
  constexpr int kTags = 400'000;
  std::string text = "a.jpg\tsky";
  for (int i = 0; i < kTags; ++i) text += "," + std::to_string(i);
  const Manifest manifest = read("a.tsv", text + ",sky,7\nb.jpg\tsky\n");
  EXPECT_EQ(manifest.rows[0].tags.size(), kTags + 1u);
  EXPECT_EQ(manifest.repeated_tags, 2);
  EXPECT_EQ(tags(manifest, 1), Tags{"sky"});
}

}  // namespace
}  // namespace tagloom
