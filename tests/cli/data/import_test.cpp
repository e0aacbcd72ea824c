// tagdata import and export on the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class ImportCli : public testing::Test {
 protected:
  ImportCli() {
    fs::create_directories(folder / "in/cat");
    fs::create_directories(folder / "in/dog");
    for (const char* name : {"in/cat/1.jpg", "in/cat/2.jpg", "in/dog/3.jpg", "in/loose.jpg"}) write_whole_file(folder / name, "");
  }
  ProgramResult tagdata(std::vector<std::string> words) {
    words.insert(words.begin(), "tagdata");
    return run_program(words, {.folder = folder.path()});
  }
  TemporaryFolder folder;
};

TEST_F(ImportCli, PrintsASummary) {
  const ProgramResult r = tagdata({"import", "in", "-o", "out.tsv", "--words", "words.txt"});
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(r.err,
            "out.tsv: 3 pictures, 2 different tags, 1 per picture, from in (folders)\nwords.txt: 2 tags\n"
            "order of tags   not meaningful\nleft out        1 picture outside the class folders\n");
  EXPECT_EQ(read_whole_file(folder / "out.tsv"), "in/cat/1.jpg\tcat\nin/cat/2.jpg\tcat\nin/dog/3.jpg\tdog\n");
  const ProgramResult quiet = tagdata({"import", "in", "-o", "quiet.csv", "-q"});
  EXPECT_EQ(quiet.code, 0);
  EXPECT_EQ(quiet.out + quiet.err, "");
}

TEST_F(ImportCli, InvalidCommandLinesAndSourcesAreOneSentence) {
  write_whole_file(folder / "old.tsv", "mine");
  write_whole_file(folder / "x.json", "{");
  const struct {
    std::vector<std::string> words;
    int code;
    std::string message;
  } cases[] = {
      {{"import", "in"}, 2, "name the manifest to write with -o FILE"},
      {{"import", "in", "-o", "out.txt"}, 2, "out.txt: the extension selects the format of a manifest: .tsv, .csv or .jsonl"},
      {{"import", "in", "-o", "old.tsv"}, 2, "old.tsv: already exists: add --force to replace it"},
      {{"import", "in", "-o", "out.tsv", "--words", "old.tsv"}, 2, "old.tsv: already exists: add --force to replace it"},
      {{"import", "in", "-o", "out.tsv", "--crowd", "drop"}, 2, "--crowd does not apply to the format folders: leave it out"},
      {{"import", "in", "-o", "out.tsv", "--format", "coca"}, 2, "\"coca\" is not a valid value"},
      {{"import", "none", "-o", "out.tsv"}, 3, "none: no such file or folder"},
      {{"import", "x.json", "-o", "out.tsv"}, 3, "x.json:1: is not JSON at byte 2: "},
      {{"export", "old.tsv", "-o", "x"}, 2, "choose a format with --format: coco, huggingface or txt"},
      {{"export", "old.tsv", "--format", "txt"}, 2, "name the file or folder to write with -o"},
      {{"export", "old.tsv", "--format", "txt", "-o", "t"}, 3, "old.tsv:1: "},
      {{"export", "old.tsv", "--format", "txt", "-o", "t", "--words", "w"}, 2, "--words does not apply to the format txt"},
  };
  const int files = folder.file_count();
  for (const auto& one : cases) {
    const ProgramResult r = tagdata(one.words);
    EXPECT_EQ(r.code, one.code) << r.err;
    EXPECT_THAT(r.err, StartsWith("tagdata: "));
    EXPECT_THAT(r.err, HasSubstr(one.message));
    EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
    EXPECT_EQ(folder.file_count(), files) << r.err;
  }
  EXPECT_EQ(read_whole_file(folder / "old.tsv"), "mine");
}

TEST_F(ImportCli, ExportsWhatItImported) {
  ASSERT_EQ(tagdata({"import", "in", "-o", "in/all.tsv", "-q"}).code, 0);
  const ProgramResult r = tagdata({"export", "in/all.tsv", "--format", "huggingface", "-o", "in"});
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(r.err, "in/metadata.jsonl: 3 pictures, 2 different tags\n");
  EXPECT_THAT(read_whole_file(folder / "in/metadata.jsonl"), StartsWith("{\"file_name\":\"cat/1.jpg\",\"tags\":[\"cat\"]}\n"));
}

TEST_F(ImportCli, AnInterruptedImportLeavesNothing) {
  std::string json = "{\"categories\": [], \"annotations\": [], \"images\": [";
  for (int i = 0; i < 2000000; ++i)
    json += (i ? ",{\"id\":" : "{\"id\":") + std::to_string(i) + ",\"file_name\":\"in/cat/1.jpg\"}";
  write_whole_file(folder / "x.json", json + "]}");
  const int files = folder.file_count();
  const std::string command = built_program("tagdata") + " import x.json -o out.tsv & " +
                              "for i in $(seq 1000); do ls out.tsv.tmp-* && break; sleep 0.01; done; kill -TERM $!; wait $!";
  const ProgramResult r = run_program({"/bin/sh", "-c", command}, {.folder = folder.path()});
  EXPECT_EQ(r.code, 128 + SIGTERM) << r.err;
  EXPECT_THAT(r.err, HasSubstr("tagdata: interrupted\n"));
  EXPECT_EQ(folder.file_count(), files);
}

TEST_F(ImportCli, AStreamedFileTakesLittleMemory) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer needs more address space than any limit gives";
#endif
  // 120 MB of polygons in 1,000 annotations, with 200 MB of address space.
  std::string polygon = "0.25";
  while (polygon.size() < 120000) polygon += ", 123.45";
  std::string json =
      "{\"images\": [{\"id\": 1, \"file_name\": \"in/cat/1.jpg\"}], \"categories\": [{\"id\": 5, \"name\": \"cat\"}], "
      "\"annotations\": [";
  for (int i = 0; i < 1000; ++i)
    json.append(i ? ", " : "").append("{\"segmentation\": [[").append(polygon).append("]], \"image_id\": 1, \"category_id\": 5}");
  write_whole_file(folder / "x.json", json + "]}");
  const std::string command = "ulimit -v 200000; exec " + built_program("tagdata") + " import x.json -o out.tsv";
  const ProgramResult r = run_program({"/bin/sh", "-c", command}, {.folder = folder.path()});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(read_whole_file(folder / "out.tsv"), "in/cat/1.jpg\tcat\n");
}

TEST_F(ImportCli, NeverReplacesItsInput) {
  write_whole_file(folder / "in/metadata.jsonl", "{\"file_name\": \"loose.jpg\", \"tags\": [\"sky\"], \"note\": \"mine\"}\n");
  write_whole_file(folder / "all.tsv", "in/loose.jpg\tsky\n");
  write_whole_file(folder / "words.txt", "sky\n");
  fs::create_symlink("in/metadata.jsonl", folder / "link.jsonl");
  const std::vector<std::string> commands[] = {
      {"import", "in", "--format", "huggingface", "-o", "in/metadata.jsonl", "--force"},
      {"import", "in/metadata.jsonl", "-o", "./in/../in/metadata.jsonl", "--force"},
      {"import", "in/metadata.jsonl", "-o", "link.jsonl", "--force"},
      {"import", "in/metadata.jsonl", "-o", "new.tsv", "--words", "link.jsonl", "--force"},
      {"export", "in/metadata.jsonl", "--format", "huggingface", "-o", "in", "--force"},
      {"inspect", "all.tsv", "--no-pictures", "-q", "--rules", "all.tsv"},
      {"inspect", "all.tsv", "--no-pictures", "-q", "--html", "all.tsv"},
      {"inspect", "all.tsv", "--no-pictures", "-q", "--words", "words.txt", "--html", "words.txt"},
  };
  const int files = folder.file_count();
  for (const std::vector<std::string>& words : commands) {
    const ProgramResult r = tagdata(words);
    EXPECT_EQ(r.code, 2) << r.err;
    EXPECT_THAT(r.err, HasSubstr(": is an input of this command: write to another file\n"));
    EXPECT_EQ(folder.file_count(), files);
  }
  const ProgramResult both = tagdata({"import", "in", "--format", "folders", "-o", "new.tsv", "--words", "in/../new.tsv"});
  EXPECT_EQ(both.code, 2) << both.err;
  EXPECT_THAT(both.err, HasSubstr("new.tsv: cannot be both the manifest and the vocabulary: give two files"));
  EXPECT_THAT(read_whole_file(folder / "in/metadata.jsonl"), HasSubstr("mine"));
  EXPECT_EQ(read_whole_file(folder / "all.tsv") + read_whole_file(folder / "words.txt"), "in/loose.jpg\tsky\nsky\n");
}

TEST_F(ImportCli, AFullDiskWritesNeitherFile) {
  std::string json = "{\"images\": [{\"id\": 1, \"file_name\": \"in/cat/1.jpg\"}], \"annotations\": [], \"categories\": [";
  for (int i = 0; i < 2000; ++i)
    json += (i ? ",{\"id\":" : "{\"id\":") + std::to_string(i) + ",\"name\":\"name " + std::to_string(i) + "\"}";
  write_whole_file(folder / "x.json", json + "]}");
  write_whole_file(folder / "out.tsv", "mine");
  const int files = folder.file_count();
  const std::string words = " import x.json -o out.tsv --words words.txt --force";
  const ProgramResult r = run_program({"/bin/sh", "-c", "ulimit -f 8; trap '' XFSZ; exec " + built_program("tagdata") + words},
                                      {.folder = folder.path()});
  EXPECT_EQ(r.code, 3) << r.err;
  EXPECT_THAT(r.err, HasSubstr("words.txt: cannot write"));
  EXPECT_EQ(read_whole_file(folder / "out.tsv"), "mine");
  EXPECT_EQ(folder.file_count(), files);
}

}  // namespace
}  // namespace tagloom::test
