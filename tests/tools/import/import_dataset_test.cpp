// What is the same for every format: the choice of the format, missing pictures, targets, and class-per-folder as the simplest one.
#include "tests/tools/import/import_fixture.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;

using ImportDataset = ImportFixture;

TEST_F(ImportDataset, FoldersAreClasses) {
  for (const char* name : {"in/dog/2.jpg", "in/dog/1.png", "in/cat/x/3.jpg", "in/cat/notes.txt", "in/loose.jpg", "in/.git/4.jpg"})
    put(name);
  fs::create_directory(folder / "in/emu");
  fs::create_directory_symlink("..", folder / "in/cat/x/loop");
  const ImportSummary summary = run("auto", {"in"});
  EXPECT_EQ(rows(), (ImportedRows{{"in/cat/x/3.jpg", "cat"}, {"in/dog/1.png", "dog"}, {"in/dog/2.jpg", "dog"}}));
  EXPECT_EQ(words(), "cat\ndog\nemu\n");
  EXPECT_EQ(summary.report.left_out[0].count, 1);
  EXPECT_EQ(summary.report.order, "");
}

TEST_F(ImportDataset, UnknownSourcesAreErrors) {
  put("notes.txt", "nothing");
  EXPECT_ERROR(kData, "none: no such file or folder", choose_format("auto", folder / "none"));
  EXPECT_ERROR(kData, "notes.txt: its format was not recognised: choose one with --format (",
               choose_format("auto", folder / "notes.txt"));
  EXPECT_ERROR(kData, "notes.txt: is not a folder", run("folders", {"notes.txt"}));
}

TEST_F(ImportDataset, PathsAreRelativeToTheManifest) {
  put("in/cat/1.jpg");
  fs::create_directories(folder / "lists/a");
  fs::create_directory_symlink(folder / "lists/a", folder / "link");
  ImportTargets targets{folder / "link/out.jsonl"};
  run("folders", {"in"}, targets);
  EXPECT_EQ(rows("lists/a/out.jsonl"), (ImportedRows{{"../../in/cat/1.jpg", "cat"}}));
  EXPECT_TRUE(fs::exists(folder / "lists/a/../../in/cat/1.jpg"));
}

TEST_F(ImportDataset, EveryManifestReadsBackEqual) {
  const ImportedRows expected = {{"in/ a\"b/\"x\" , y;\t.jpg", "a\"b"},
                                 {"in/#tag/1.jpg", "#tag"},
                                 {"in/mark/\xEF\xBB\xBF\x7F.jpg", "mark"},
                                 {"in/\xC3\xA9 \"q\"/1.jpg", "\xC3\xA9 \"q\""}};
  for (const auto& [path, tag] : expected) put(path);
  for (const char* name : {"out.tsv", "out.csv", "out.jsonl"}) {
    run("folders", {"in"}, {folder / name});
    EXPECT_EQ(rows(name), expected) << name;
  }
  put("in/one, two/1.jpg");
  put("in/\"three\"/1.jpg");
  for (const char* name : {"out.tsv", "out.jsonl"}) {
    run("folders", {"in"}, {folder / name});
    EXPECT_EQ(rows(name).size(), 6u) << name;
    EXPECT_EQ(rows(name)[5 - 1], (ImportedRow{"in/one, two/1.jpg", "one, two"})) << name;
  }
  EXPECT_ERROR(kUsage, "the tag \"one, two\" contains a comma or semicolon, which separate tags in CSV: write a .tsv or .jsonl",
               run("folders", {"in"}, {folder / "new.csv"}));
  EXPECT_FALSE(fs::exists(folder / "new.csv"));
}

TEST_F(ImportDataset, OnlyJsonLinesHasPathsThatAreNotUtf8) {
  put("in/cat/\xFF.jpg");
  EXPECT_ERROR(kUsage, "is not UTF-8: write a .jsonl", run("folders", {"in"}));
  run("folders", {"in"}, {folder / "out.jsonl"});
  EXPECT_EQ(rows("out.jsonl"), (ImportedRows{{"in/cat/\xFF.jpg", "cat"}}));
}

TEST_F(ImportDataset, MissingPicturesAreAnErrorOrLeftOut) {
  put("a.jpg");
  put("x.json",
      R"({"images": [{"id": 1, "file_name": "gone.jpg"}, {"id": 2, "file_name": "a.jpg"}, {"id": 3, "file_name": "b.jpg"}],
                    "annotations": [], "categories": []})");
  EXPECT_ERROR(
      kData,
      "x.json: 2 of 3 pictures do not exist, such as " + (folder / "gone.jpg") + ": name the pictures' folder with --pictures",
      run("coco", {"x.json"}));
  EXPECT_FALSE(fs::exists(folder / "out.tsv"));
  ImportTargets targets;
  targets.manifest = folder / "out.tsv";
  targets.missing = MissingPictures::kSkip;
  const ImportRequest request{folder / "x.json"};
  EXPECT_EQ(import_dataset(kCocoFormat, request, targets).missing, 2);
  EXPECT_EQ(rows(), (ImportedRows{{"a.jpg", ""}}));
  EXPECT_ERROR(kUsage, "out.tsv: already exists: add --force to replace it", import_dataset(kCocoFormat, request, targets));
  targets.replace = true;
  targets.missing = MissingPictures::kKeep;
  EXPECT_EQ(import_dataset(kCocoFormat, request, targets).pictures, 3);
}

// Without a heading, the rows of such a .tsv would be read as a heading.
TEST_F(ImportDataset, AFirstPictureWithoutAnExtensionReadsBack) {
  for (const char* name : {"image", "first"}) {
    put(name);
    put("b.jpg");
    put("x.json", R"({"images": [{"id": 1, "file_name": ")" + std::string(name) + R"("}, {"id": 2, "file_name": "b.jpg"}],
                      "annotations": [{"image_id": 1, "category_id": 1}], "categories": [{"id": 1, "name": "tags"}]})");
    for (const char* out : {"out.tsv", "out.csv", "out.jsonl"}) {
      run("coco", {"x.json"}, {folder / out});
      EXPECT_EQ(rows(out), (ImportedRows{{name, "tags"}, {"b.jpg", ""}})) << out;
    }
  }
}

}  // namespace
}  // namespace tagloom::test
