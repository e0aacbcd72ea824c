// The files of the built-in dataset, and errors while writing them.
#include "tools/scenes/write.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "engine/data/image.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tools/scenes/scene.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::read_whole_file;
using test::TemporaryFolder;
using test::write_whole_file;

// Every file below a folder, with its bytes.
std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_whole_file(entry.path().string());
  }
  return files;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

ScenesOptions small(const std::string& out, int64_t images = 20) {
  ScenesOptions options;
  options.out = out;
  options.images = images;
  options.side = 24;
  options.seed = 9;
  options.threads = 2;
  return options;
}

TEST(ScenesWrite, IsDeterministicForAnyThreadCount) {
  TemporaryFolder folder;
  ScenesOptions options = small(folder / "one");
  options.threads = 1;
  write_scenes(options);
  options.out = folder / "four";
  options.threads = 4;
  EXPECT_TRUE(write_scenes(options).complete);
  EXPECT_EQ(contents(folder / "one"), contents(folder / "four"));
  EXPECT_EQ(contents(folder / "one").size(), 20u + 5u);
}

TEST(ScenesWrite, IsIndependentOfTheNumberOfPictures) {
  TemporaryFolder folder;
  write_scenes(small(folder / "few", 10));
  write_scenes(small(folder / "more", 30));
  const auto few = contents(folder / "few"), more = contents(folder / "more");
  for (const auto& [name, bytes] : few) {
    if (!name.starts_with("images/")) continue;
    EXPECT_EQ(bytes, more.at(name)) << name;
  }
  for (const char* name : {"train.tsv", "val.tsv", "test.tsv"}) EXPECT_TRUE(more.at(name).starts_with(few.at(name))) << name;
}

TEST(ScenesWrite, ManifestsVocabularyAndCountsAreConsistent) {
  TemporaryFolder folder;
  const ScenesSummary summary = write_scenes(small(folder / "set", 200));
  EXPECT_EQ(summary.train, 160);
  EXPECT_EQ(summary.val, 20);
  EXPECT_EQ(summary.test, 20);
  const std::vector<std::string> words = lines(read_whole_file(folder / "set/words.txt"));
  ASSERT_EQ(words.size(), static_cast<size_t>(kSceneTags));
  EXPECT_EQ(words[0], "sky");
  std::set<std::string> paths;
  std::map<std::string, int64_t> counts;
  for (const char* manifest : {"set/train.tsv", "set/val.tsv", "set/test.tsv"}) {
    for (const std::string& line : lines(read_whole_file(folder / manifest))) {
      const size_t tab = line.find('\t');
      ASSERT_NE(tab, std::string::npos) << line;
      const std::string path = line.substr(0, tab);
      EXPECT_TRUE(paths.insert(path).second) << path << " is in two splits";
      // Equals make_scene() for the index in the name: tags exactly, pixels up to JPEG's error.
      const ScenePicture picture = make_scene(9, std::stoll(path.substr(7)), 24);
      std::string tags;
      for (const TagImportance& tag : picture.tags)
        tags.append(tags.empty() ? "" : ",").append(words[static_cast<size_t>(tag.tag)]);
      EXPECT_EQ(line.substr(tab + 1), tags) << path;
      const Image image = decode_image(folder / "set/" + path);
      ASSERT_EQ(image.rgb.size(), picture.rgb.size());
      double error = 0;
      for (size_t i = 0; i < image.rgb.size(); ++i) error += std::abs(image.rgb[i] - picture.rgb[i]);
      EXPECT_LT(error / static_cast<double>(image.rgb.size()), 10) << path;
      std::istringstream names(tags);
      for (std::string tag; std::getline(names, tag, ',');) ++counts[tag];
    }
  }
  EXPECT_EQ(paths.size(), 200u);
  const std::string json = read_whole_file(folder / "set/dataset.json");
  for (int i = 0; i < kSceneTags; ++i) {
    EXPECT_EQ(summary.counts[i], counts[words[i]]) << words[i];
    EXPECT_NE(json.find("\"" + words[i] + "\": " + std::to_string(summary.counts[i])), std::string::npos) << words[i];
  }
  EXPECT_NE(json.find("\"seed\": 9,"), std::string::npos) << json;
}

TEST(ScenesWrite, PngKeepsEveryPixel) {
  TemporaryFolder folder;
  ScenesOptions options = small(folder / "set", 3);
  options.png = true;
  write_scenes(options);
  EXPECT_EQ(decode_image(folder / "set/images/000002.png").rgb, make_scene(9, 2, 24).rgb);
}

TEST(ScenesWrite, SplitsEveryHundredInto80And10And10) {
  for (const int64_t start : {0, 7, 12345}) {
    int sizes[3] = {};
    for (int64_t i = start; i < start + 100; ++i) ++sizes[static_cast<int>(scene_split(i))];
    EXPECT_EQ(sizes[0], 80);
    EXPECT_EQ(sizes[1], 10);
    EXPECT_EQ(sizes[2], 10);
  }
}

TEST(ScenesWrite, ForceKeepsPicturesOfOthers) {
  TemporaryFolder folder;
  write_scenes(small(folder / "set", 6));
  ScenesOptions again = small(folder / "set", 4);
  again.force = true;
  write_whole_file(folder / "set/images/000005.jpg", "mine");
  EXPECT_ERROR(kUsage, "images/000005.jpg: is not as tagdata scenes wrote it", write_scenes(again));
  EXPECT_EQ(read_whole_file(folder / "set/images/000005.jpg"), "mine");

  write_scenes(small(folder / "linked", 4));
  fs::rename(folder / "linked/images", folder / "photos");
  fs::create_directory_symlink(folder / "photos", folder / "linked/images");
  const auto before = contents(folder / "photos");
  again.out = folder / "linked";
  EXPECT_ERROR(kUsage, "linked/images: is not as tagdata scenes wrote it", write_scenes(again));
  EXPECT_EQ(contents(folder / "photos"), before);

  for (const char* link : {".partial", ".partial/images"}) {
    SCOPED_TRACE(link);
    const std::string set = folder / "set" + std::to_string(std::strlen(link));
    fs::create_directories(fs::path(set) / fs::path(link).parent_path());
    fs::create_directory_symlink(folder / "photos", fs::path(set) / link);
    again.out = set;
    EXPECT_ERROR(kData, "cannot be written", write_scenes(again));
    EXPECT_EQ(contents(folder / "photos"), before);
  }
}

TEST(ScenesWrite, RefusesToOverwriteWithoutForce) {
  TemporaryFolder folder;
  fs::create_directory(folder / "set");
  write_scenes(small(folder / "set", 3));  // an empty folder is fine
  const auto before = contents(folder / "set");
  EXPECT_ERROR(kUsage, "is not empty: choose another folder, or add --force to replace the dataset in it",
               write_scenes(small(folder / "set", 4)));
  EXPECT_EQ(contents(folder / "set"), before);
  ScenesOptions again = small(folder / "set", 2);
  again.force = true;
  write_scenes(again);
  EXPECT_EQ(contents(folder / "set").size(), 2u + 5u);

  fs::create_directories(folder / "home/images");
  write_whole_file(folder / "home/images/mine.jpg", "mine");
  EXPECT_ERROR(kUsage, "is not empty: choose another folder", write_scenes(small(folder / "home")));
  again.out = folder / "home";
  EXPECT_ERROR(kUsage, "which --force does not delete", write_scenes(again));
  EXPECT_EQ(contents(folder / "home").size(), 1u);

  write_whole_file(folder / "file", "x");
  EXPECT_ERROR(kUsage, "is a file, not a folder", write_scenes(small(folder / "file")));
}

TEST(ScenesWrite, ForceKeepsFilesOfOthers) {
  TemporaryFolder folder;
  write_scenes(small(folder / "set", 12));
  const std::map<std::string, std::string> mine = {
      {"images/holiday.jpg", "a"}, {"images/000012.jpg", "b"},     {"images/000003.png", "c"}, {"images/3.jpg", "d"},
      {"images/0000003.jpg", "e"}, {"images/sub/000001.jpg", "f"}, {"notes.txt", "g"},         {".partial/images/mine.jpg", "h"},
      {".partial/notes.txt", "i"}, {".partial/sub/train.tsv", "j"}};
  fs::create_directories(folder / "set/.partial/images");
  fs::create_directories(folder / "set/.partial/sub");
  fs::create_directories(folder / "set/images/sub");
  for (const auto& [name, text] : mine) write_whole_file(folder / ("set/" + name), text);
  write_whole_file(folder / "set/.partial/images/000007.jpg", "of a killed run");
  ScenesOptions again = small(folder / "set", 5);
  again.force = true;
  again.seed = 10;
  EXPECT_TRUE(write_scenes(again).complete);
  const auto after = contents(folder / "set");
  for (const auto& [name, text] : mine) EXPECT_EQ(after.at(name), text) << name;
  EXPECT_EQ(after.size(), 5u + 5u + mine.size());
  again.out = folder / "fresh";
  write_scenes(again);
  for (const auto& [name, text] : contents(folder / "fresh")) EXPECT_EQ(after.at(name), text) << name;
}

TEST(ScenesWrite, ForceRefusesToReplaceFilesThatItDidNotWrite) {
  TemporaryFolder folder;
  ScenesOptions again = small(folder / "set", 20);
  again.force = true;
  const auto expect_refused = [&](const std::string& name, const std::string& text) {
    fs::remove_all(folder / "set");
    write_scenes(small(folder / "set", 3));
    write_whole_file(folder / ("set/" + name), text);
    const auto before = contents(folder / "set");
    EXPECT_ERROR(kUsage, name + ": is not as tagdata scenes wrote it, and --force does not replace it", write_scenes(again));
    EXPECT_EQ(contents(folder / "set"), before);
  };
  expect_refused("train.tsv", "images/000000.jpg\tedited\n");
  expect_refused("words.txt", "edited\n");
  expect_refused("images/000007.jpg", "a picture of mine, where the new dataset has one");
  fs::remove_all(folder / "set");
  write_scenes(small(folder / "set", 3));
  fs::remove(folder / "set/images/000001.jpg");
  fs::create_symlink(folder / "elsewhere", folder / "set/images/000001.jpg");
  EXPECT_ERROR(kUsage, "images/000001.jpg: is not as tagdata scenes wrote it", write_scenes(again));
}

TEST(ScenesWrite, ForceReplacesTheRemainsOfAKilledRun) {
  TemporaryFolder folder;
  fs::create_directories(folder / "set/.partial/images");
  write_whole_file(folder / "set/.partial/images/000000.jpg", "half");
  EXPECT_ERROR(kUsage, "contains .partial of a run that was killed: add --force", write_scenes(small(folder / "set", 2)));
  ScenesOptions options = small(folder / "set", 2);
  options.force = true;
  write_scenes(options);
  EXPECT_EQ(contents(folder / "set").size(), 2u + 5u);
}

TEST(ScenesWrite, AStopLeavesTheFolderUnchanged) {
  TemporaryFolder folder;
  ScenesOptions options = small(folder / "new/folders/set", 100000);
  options.stop = [] { return true; };
  EXPECT_FALSE(write_scenes(options).complete);
  EXPECT_FALSE(fs::exists(folder / "new"));
  options.out = folder / "set";
  write_scenes(small(folder / "set", 3));
  const auto before = contents(folder / "set");
  options.force = true;
  EXPECT_FALSE(write_scenes(options).complete);
  EXPECT_EQ(contents(folder / "set"), before);
}

TEST(ScenesWrite, WriteErrorsNameTheFileAndLeaveNothing) {
  TemporaryFolder folder;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tiny{200, before.rlim_max};  // bytes per file: less than a picture
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tiny), 0);
  EXPECT_ERROR(kData, ".jpg: cannot be written: File too large", write_scenes(small(folder / "set")));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(folder.file_count(), 0);

  write_whole_file(folder / "file", "x");
  EXPECT_ERROR(kData, "cannot be written", write_scenes(small(folder / "file/below")));
}

TEST(ScenesWrite, ProgressCountsEveryPictureOnce) {
  TemporaryFolder folder;
  ScenesOptions options = small(folder / "set", 50);
  int64_t total = 0;
  options.progress = [&](int64_t more) { total += more; };
  write_scenes(options);
  EXPECT_EQ(total, 50);
}

TEST(ScenesWrite, RejectsOptionsOutOfRange) {
  TemporaryFolder folder;
  ScenesOptions options = small(folder / "set", 0);
  EXPECT_ERROR(kUsage, "must be 1 to 100000000, got 0", write_scenes(options));
  options = small(folder / "set");
  options.side = 5;
  EXPECT_ERROR(kUsage, "16 to 1024 pixels, got 5", write_scenes(options));
  options = small(folder / "set");
  options.quality = 101;
  EXPECT_ERROR(kUsage, "quality must be 1 to 100, got 101", write_scenes(options));
  EXPECT_EQ(folder.file_count(), 0);
}

}  // namespace
}  // namespace tagloom
