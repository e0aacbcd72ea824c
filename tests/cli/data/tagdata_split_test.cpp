// tagdata split on the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/data/image.h"
#include "engine/data/manifest.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

ProgramResult split(std::vector<std::string> words) {
  words.insert(words.begin(), {"tagdata", "split"});
  return run_program(words);
}

const char* const kPartNames[] = {"train", "val", "test"};

// 300 pictures, whose contents are their numbers; files are not decoded.
class TagdataSplit : public testing::Test {
 protected:
  TagdataSplit() {
    fs::create_directories(folder_ / "set/photos");
    for (int i = 0; i < 300; ++i) add_picture("photos/" + std::to_string(i) + ".jpg", std::to_string(i), tags_of(i));
    write_list();
  }

  static std::string tags_of(int i) {
    return std::string("sky") + (i % 3 == 0 ? ",sea" : "") + (i % 10 == 0 ? ",boat" : "") + (i % 50 == 0 ? ",whale" : "");
  }
  void add_picture(const std::string& path, const std::string& content, const std::string& tags) {
    write_whole_file(folder_ / ("set/" + path), "picture " + content);
    rows_.emplace_back(path, tags);
  }
  void write_list() {
    std::string text;
    for (const auto& [path, tags] : rows_) text += path + "\t" + tags + "\n";
    write_whole_file(folder_ / "set/all.tsv", text);
  }
  ProgramResult split_all(std::vector<std::string> words) {
    words.insert(words.begin(), folder_ / "set/all.tsv");
    return split(words);
  }
  // The part of each picture, by its contents; checks that rows lead to files.
  std::map<std::string, std::string> parts_in(const std::string& name, const std::string& extension = ".tsv") {
    std::map<std::string, std::string> parts;
    for (const char* part : kPartNames) {
      const Manifest manifest = read_manifest(folder_ / (name + "/" + part + extension));
      for (const ManifestRow row : manifest.rows) {
        const std::string content = read_whole_file((manifest.file.parent_path() / row.path).string());
        EXPECT_NE(content, "") << row.path;
        const auto [known, added] = parts.emplace(content, part);
        EXPECT_EQ(known->second, part) << "copies of " << content;
      }
    }
    return parts;
  }

  TemporaryFolder folder_;
  std::vector<std::pair<std::string, std::string>> rows_;
};

TEST_F(TagdataSplit, EveryRowIsInOnePartWithItsTags) {
  const ProgramResult r = split_all({"-o", folder_ / "set/split", "--seed", "7"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("300 pictures, by the hash of each picture, seed 7\n"));
  std::multiset<std::string> expected, found;
  for (const auto& [path, tags] : rows_) expected.insert("../" + path + "\t" + tags);
  for (const char* part : kPartNames) {
    std::istringstream lines(read_whole_file(folder_ / ("set/split/" + std::string(part) + ".tsv")));
    for (std::string line; std::getline(lines, line);) found.insert(line);
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(parts_in("set/split").size(), 300u);
}

TEST_F(TagdataSplit, PartsSurviveAddedRenamedRemovedAndReorderedPictures) {
  ASSERT_EQ(split_all({"-o", folder_ / "a"}).code, 0);
  const auto before = parts_in("a");
  std::reverse(rows_.begin(), rows_.end());
  rows_.erase(rows_.begin() + 100, rows_.begin() + 110);
  fs::create_directories(folder_ / "set/other");
  fs::rename(folder_ / "set/photos/0.jpg", folder_ / "set/other/zero.jpg");
  rows_.back().first = "other/zero.jpg";
  for (int i = 300; i < 600; ++i) add_picture("other/" + std::to_string(i) + ".jpg", std::to_string(i), "sky");
  write_list();
  ASSERT_EQ(split_all({"-o", folder_ / "b"}).code, 0);
  const auto after = parts_in("b");
  EXPECT_EQ(after.size(), 590u);
  int same = 0;
  for (const auto& [content, part] : after) {
    if (!before.contains(content)) continue;
    EXPECT_EQ(before.at(content), part) << content;
    ++same;
  }
  EXPECT_EQ(same, 290);
  ASSERT_EQ(split_all({"-o", folder_ / "c", "--seed", "2"}).code, 0);
  EXPECT_NE(parts_in("c"), after) << "the seed has an effect";
}

TEST_F(TagdataSplit, CopiesAreInTheSamePart) {
  for (int i = 0; i < 100; ++i) add_picture("photos/copy" + std::to_string(i) + ".jpg", std::to_string(i), "copy");
  write_list();
  for (const bool stratify : {false, true}) {
    const std::string name = stratify ? "s" : "h";
    const ProgramResult r = split_all({"-o", folder_ / name, "--json", stratify ? "--stratify" : "--seed=1"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(nlohmann::json::parse(r.out)["copies"], 100);
    EXPECT_EQ(parts_in(name).size(), 300u);  // also compares the parts of copies
  }
}

TEST_F(TagdataSplit, NearCopiesAreInTheSamePartIfAskedFor) {
  const auto scenes = run_program({"tagdata", "scenes", folder_ / "scenes", "--images", "30", "--size", "100", "--quiet"});
  ASSERT_EQ(scenes.code, 0) << scenes.err;
  std::string rows;
  for (int i = 10; i < 30; ++i) {
    const std::string name = "images/0000" + std::to_string(i), copy = name + "-copy";
    const std::vector<uint8_t> bytes = encode_jpeg(decode_image(folder_ / ("scenes/" + name + ".jpg")), 60);
    write_whole_file(folder_ / ("scenes/" + copy + ".jpg"), {bytes.begin(), bytes.end()});
    rows += name + ".jpg\tsky\n" + copy + ".jpg\tsky\n";
  }
  write_whole_file(folder_ / "scenes/all.tsv", rows);
  std::string reversed;
  std::istringstream lines(rows);
  for (std::string line; std::getline(lines, line);) reversed.insert(0, line + "\n");
  write_whole_file(folder_ / "scenes/reversed.tsv", reversed);
  const std::vector<std::string> words = {folder_ / "scenes/all.tsv", "--parts", "train=0.5,val=0.3,test=0.2", "--json", "-o"};
  for (const bool near : {true, false}) {
    std::vector<std::string> all = words;
    all.insert(all.end(), {folder_ / (near ? "n" : "s"), near ? "--near-copies" : "--seed=1"});
    const ProgramResult r = split(all);
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(nlohmann::json::parse(r.out)["near_copies"], near ? 20 : 0);
    int separated = 0;
    std::map<std::string, std::string> part_of;
    for (const char* part : kPartNames) {
      for (const ManifestRow& row : read_manifest(folder_ / (std::string(near ? "n/" : "s/") + part + ".tsv")).rows) {
        const std::string name(row.path.substr(0, row.path.find_first_of("-", 15)));
        const auto [known, added] = part_of.emplace(name.substr(0, name.find(".jpg")), part);
        separated += !added && known->second != part;
      }
    }
    EXPECT_EQ(part_of.size(), 20u);
    EXPECT_EQ(separated == 0, near);
    if (!near) continue;
    ASSERT_EQ(split({folder_ / "scenes/reversed.tsv", "--parts", words[2], "-q", "--near-copies", "-o", folder_ / "r"}).code, 0);
    for (const char* part : kPartNames) {
      for (const ManifestRow& row : read_manifest(folder_ / ("r/" + std::string(part) + ".tsv")).rows) {
        const std::string name(row.path.substr(0, row.path.find_first_of("-", 15)));
        EXPECT_EQ(part_of.at(name.substr(0, name.find(".jpg"))), part) << "parts do not depend on the order of rows";
      }
    }
  }
}

TEST_F(TagdataSplit, StratifiedPartsHaveTheirShareOfEachTag) {
  const ProgramResult r = split_all({"-o", folder_ / "s", "--stratify", "--json", "--parts", "train=0.5,val=0.25,test=0.25"});
  ASSERT_EQ(r.code, 0) << r.err;
  const nlohmann::json json = nlohmann::json::parse(r.out);
  const std::map<std::string, int> in_all = {{"sky", 300}, {"sea", 100}, {"boat", 30}, {"whale", 6}};
  for (const auto& part : json["parts"]) {
    for (const auto& [tag, number] : in_all)
      EXPECT_NEAR(part["pictures_with_tag"][tag].get<int>(), part["share"].get<double>() * number, 1.01)
          << part["part"] << " " << tag;
    EXPECT_EQ(part["absent_tags"].size(), 0u);
  }
}

TEST_F(TagdataSplit, KeepLeavesPicturesInTheirParts) {
  ASSERT_EQ(split_all({"-o", folder_ / "s", "--stratify"}).code, 0);
  const auto before = parts_in("s");
  for (int i = 300; i < 400; ++i) add_picture("photos/" + std::to_string(i) + ".jpg", std::to_string(i), "sky,cloud");
  write_whole_file(folder_ / "set/photos/0.jpg", "picture 0 edited");        // found by its path
  fs::rename(folder_ / "set/photos/1.jpg", folder_ / "set/photos/one.jpg");  // found by its bytes
  rows_[1].first = "photos/one.jpg";
  write_list();
  const ProgramResult r = split_all({"-o", folder_ / "s", "--stratify", "--keep", folder_ / "s", "--force"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("400 pictures, stratified by tag, seed 1, 300 in their earlier part\n"));
  auto after = parts_in("s");
  EXPECT_EQ(after.at("picture 0 edited"), before.at("picture 0"));
  for (const auto& [content, part] : before) EXPECT_EQ(content == "picture 0" ? part : after.at(content), part);
  int cloudy[3] = {};
  for (int i = 300; i < 400; ++i)
    ++cloudy[std::find(std::begin(kPartNames), std::end(kPartNames), after.at("picture " + std::to_string(i))) - kPartNames];
  EXPECT_EQ(cloudy[0], 80);
  EXPECT_EQ(cloudy[1], 10);
}

TEST_F(TagdataSplit, WritesTheFormatOfTheManifest) {
  write_whole_file(folder_ / "set/all.csv", "path,tag,score\nphotos/1.jpg,sky,0.9\nphotos/2.jpg,,\nphotos/1.jpg,sea,0.8\n");
  ASSERT_EQ(split({folder_ / "set/all.csv", "-o", folder_ / "c", "--parts", "train=0.5,val=0.25,test=0.25"}).code, 0);
  std::string rows;
  for (const char* part : kPartNames) {
    const std::string text = read_whole_file(folder_ / ("c/" + std::string(part) + ".csv"));
    EXPECT_THAT(text, testing::StartsWith("path,tag,score\n"));
    rows += text.substr(15);
  }
  EXPECT_THAT(rows, HasSubstr("../set/photos/1.jpg,sky,0.9\n../set/photos/1.jpg,sea,0.8\n"));
  EXPECT_THAT(rows, HasSubstr("../set/photos/2.jpg,,\n"));
}

TEST_F(TagdataSplit, ReplacesOnlyFilesOfAnEarlierSplit) {
  ASSERT_EQ(split_all({"-o", folder_ / "s", "-q"}).code, 0);
  ProgramResult r = split_all({"-o", folder_ / "s"});
  EXPECT_EQ(r.code, 2);
  EXPECT_THAT(r.err, HasSubstr("add --force to replace an earlier split"));
  // Other parts replace those of the earlier split.
  EXPECT_EQ(split_all({"-o", folder_ / "s", "-q", "--force", "--parts", "train=0.5,rest=0.5"}).code, 0);
  EXPECT_FALSE(fs::exists(folder_ / "s/val.tsv"));
  write_whole_file(folder_ / "s/rest.tsv", "mine.jpg\tsky\n");
  write_whole_file(folder_ / "s/test.tsv", "mine.jpg\tsky\n");
  const std::string record = read_whole_file(folder_ / "s/split.json"), train = read_whole_file(folder_ / "s/train.tsv");
  for (const char* parts : {"train=0.5,rest=0.5", "train=0.5,test=0.5"}) {
    r = split_all({"-o", folder_ / "s", "--force", "--parts", parts});
    EXPECT_EQ(r.code, 2);
    EXPECT_THAT(r.err, HasSubstr("is not as tagdata split wrote it"));
  }
  EXPECT_EQ(read_whole_file(folder_ / "s/rest.tsv") + read_whole_file(folder_ / "s/test.tsv"), "mine.jpg\tsky\nmine.jpg\tsky\n");
  EXPECT_EQ(read_whole_file(folder_ / "s/split.json") + read_whole_file(folder_ / "s/train.tsv"), record + train);
  r = split_all({"-o", folder_ / "set", "--force", "--parts", "all=0.5,rest=0.5"});
  EXPECT_EQ(r.code, 2);
  EXPECT_THAT(r.err, HasSubstr("is the manifest to split"));
}

TEST_F(TagdataSplit, AMissingPictureIsNamedAndNothingIsWritten) {
  rows_.emplace_back("photos/gone.jpg", "sky");
  write_list();
  const ProgramResult r = split_all({"-o", folder_ / "s"});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.err, HasSubstr("all.tsv:301: "));
  EXPECT_THAT(r.err, HasSubstr("photos/gone.jpg"));
  EXPECT_FALSE(fs::exists(folder_ / "s"));
}

TEST_F(TagdataSplit, AFullDiskLeavesNoPart) {
  const ProgramResult r = run_program({"/bin/sh", "-c",
                                       "ulimit -f 8; trap '' XFSZ; exec " + built_program("tagdata") + " split " +
                                           (folder_ / "set/all.tsv") + " -o " + (folder_ / "s")});
  EXPECT_EQ(r.code, 3) << r.err;
  EXPECT_FALSE(fs::exists(folder_ / "s"));
}

TEST_F(TagdataSplit, AFullDiskKeepsTheEarlierSplit) {
  ASSERT_EQ(split_all({"-o", folder_ / "s", "-q", "--stratify"}).code, 0);
  const auto before = parts_in("s");
  const std::string words = " split -q --force --seed 5 " + (folder_ / "set/all.tsv") + " -o " + (folder_ / "s");
  const ProgramResult r = run_program({"/bin/sh", "-c", "ulimit -f 8; trap '' XFSZ; exec " + built_program("tagdata") + words});
  EXPECT_EQ(r.code, 3) << r.err;
  EXPECT_EQ(parts_in("s"), before);
}

// As a process leaves it that is killed after it removed the earlier manifests.
TEST_F(TagdataSplit, KeepNeedsOnlyTheRecord) {
  ASSERT_EQ(split_all({"-o", folder_ / "s", "-q", "--stratify"}).code, 0);
  const auto before = parts_in("s");
  for (const char* part : kPartNames) fs::remove(folder_ / ("s/" + std::string(part) + ".tsv"));
  const ProgramResult r = split_all({"-o", folder_ / "s", "-q", "--seed", "5", "--keep", folder_ / "s", "--force"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(parts_in("s"), before);
}

// Of copies that an earlier split separated, such as edited manifests do, the first row decides.
TEST_F(TagdataSplit, KeptCopiesTakeThePartOfTheFirstRow) {
  fs::create_directories(folder_ / "s");
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) write_whole_file(folder_ / (std::string("s/") + name), "the same");
  for (const char* first : {"a.jpg", "b.jpg"}) {
    write_whole_file(folder_ / "s/train.tsv", "a.jpg\tsky\n");
    write_whole_file(folder_ / "s/test.tsv", "b.jpg\tsky\n");
    const std::string second = first == std::string("a.jpg") ? "b.jpg" : "a.jpg";
    write_whole_file(folder_ / "s/all.tsv", first + ("\tsky\n" + second) + "\tsky\nc.jpg\tsky\n");
    const std::string out = folder_ / ("o" + std::string(first));
    ASSERT_EQ(split({folder_ / "s/all.tsv", "-o", out, "--keep", folder_ / "s", "--parts", "train=0.5,test=0.5", "-q"}).code, 0);
    EXPECT_EQ(read_manifest(out + (first == std::string("a.jpg") ? "/train.tsv" : "/test.tsv")).rows.size(), 3u) << first;
  }
}

}  // namespace
}  // namespace tagloom::test
