// What tagdata export writes, tagdata import reads back equal.
#include <nlohmann/json.hpp>

#include "engine/data/image.h"
#include "tests/tools/import/import_fixture.h"
#include "tools/command_line/terminal.h"
#include "tools/export/exporter.h"
#include "tools/export/relative_paths.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ExportRoundTrip : public ImportFixture {
 protected:
  ExportRoundTrip() : progress_(stderr_progress(true)) {}

  void put_picture(const std::string& name, int width, int height) {
    Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(width * height * 3), 9)};
    const std::vector<uint8_t> bytes = encode_png(image);
    put(name, {bytes.begin(), bytes.end()});
  }

  // Pictures in two folders, without tags, and with tags that need escapes.
  void put_manifest() {
    put_picture("p/a \"1\".png", 3, 2);
    put_picture("p/deep/\xC3\xA9.png", 5, 4);
    put_picture("p/none.png", 1, 1);
    put("in.tsv",
        "p/none.png\t\n\"p/a \"\"1\"\".png\"\tzebra,saber (fate),back\\slash,rating:safe\np/deep/\xC3\xA9.png\tblue_sky,zebra\n");
  }

  template <class Export>
  ExportSummary write(Export&& exporter, const std::string& output, std::vector<std::string> words_to_write = {},
                      bool replace = false) {
    const Manifest manifest = read_manifest(folder / "in.tsv");
    return exporter({manifest, output, std::move(words_to_write), replace}, progress_);
  }

 private:
  Progress progress_;
};

TEST_F(ExportRoundTrip, Coco) {
  put_manifest();
  fs::create_directory(folder / "x");
  EXPECT_EQ(
      write(export_coco, folder / "x/labels.json", {"zebra", "blue_sky", "emu", "rating:safe", "saber (fate)", "back\\slash"})
          .files,
      1);
  run("coco", {"x/labels.json"});
  EXPECT_EQ(rows(), rows("in.tsv"));
  EXPECT_EQ(words(), "zebra\nblue_sky\nemu\nrating:safe\nsaber (fate)\nback\\slash\n");
  const json file = json::parse(read_whole_file(folder / "x/labels.json"));
  EXPECT_EQ(file["images"][2], (json{{"id", 3}, {"file_name", "../p/deep/\xC3\xA9.png"}, {"width", 5}, {"height", 4}}));
  EXPECT_EQ(file["annotations"][4]["bbox"], (json{0, 0, 5, 4}));
  EXPECT_EQ(file["annotations"][4]["category_id"], 2);
  EXPECT_EQ(file["annotations"][4]["id"], 5);
  EXPECT_EQ(file["annotations"][4]["area"], 20);
}

TEST_F(ExportRoundTrip, HuggingfaceInBothFormats) {
  put_manifest();
  put("in.tsv", read_whole_file(folder / "in.tsv") + "p/none.png\t\"one, two\"\n\"p/\xEF\xBB\xBF\x7F.png\"\tmark\n");
  put("p/\xEF\xBB\xBF\x7F.png");
  EXPECT_EQ(write(export_huggingface, folder.path()).written, folder / "metadata.jsonl");
  run("huggingface", {""});
  EXPECT_EQ(rows(), rows("in.tsv"));
  write(export_huggingface, folder / "metadata.csv");
  run("huggingface", {"metadata.csv"});
  EXPECT_EQ(rows(), rows("in.tsv"));
  EXPECT_ERROR(kUsage, "metadata.csv: already exists: add --force to replace it",
               write(export_huggingface, folder / "metadata.csv"));
  write(export_huggingface, folder / "metadata.csv", {}, true);
  EXPECT_ERROR(kUsage, "imagefolder needs all pictures below the folder of metadata.jsonl, and ../none.png is not",
               write(export_huggingface, folder / "p/deep"));
  EXPECT_ERROR(kUsage, "imagefolder reads only metadata.jsonl and metadata.csv",
               write(export_huggingface, folder / "labels.csv"));
  EXPECT_FALSE(fs::exists(folder / "p/deep/metadata.jsonl"));
}

TEST_F(ExportRoundTrip, TextFiles) {
  put_manifest();
  EXPECT_EQ(write(export_txt, folder / "p").files, 3);
  EXPECT_EQ(read_whole_file(folder / "p/a \"1\".txt"), "zebra, saber \\(fate\\), back\\\\slash, rating:safe\n");
  EXPECT_EQ(read_whole_file(folder / "p/none.txt"), "");
  ImportRequest request{"p"};
  request.keep_underscores = request.keep_meta = true;
  run("txt", request);
  ImportedRows expected = rows("in.tsv");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(rows(), expected);
  EXPECT_ERROR(kUsage, "already exists", write(export_txt, folder / "p"));
  put("in.tsv", "p/none.png\tzebra\np/deep/\xC3\xA9.png\t\"one, two\"\n");
  EXPECT_ERROR(kUsage, "in.tsv:2: a text file of tags cannot contain the tag \"one, two\"", write(export_txt, folder / "new"));
  EXPECT_FALSE(fs::exists(folder / "new"));
}

TEST_F(ExportRoundTrip, TextFilesOfPicturesThatShareAStem) {
  put("in.tsv", "p/a.png\tx\np/a.jpg\ty\np/b.c.jpg\tz\n");
  write(export_txt, folder / "t");
  EXPECT_EQ(read_whole_file(folder / "t/a.png.txt"), "x\n");
  EXPECT_EQ(read_whole_file(folder / "t/a.jpg.txt"), "y\n");
  EXPECT_EQ(read_whole_file(folder / "t/b.c.txt"), "z\n");
}

TEST_F(ExportRoundTrip, AnErrorWritesNothing) {
  put_manifest();
  EXPECT_ERROR(kData, "in.tsv: the tag \"zebra\" is not in --words", write(export_coco, folder / "a.json", {"emu"}));
  EXPECT_ERROR(kUsage, "COCO's instances are a JSON file", write(export_coco, folder / "a.csv"));
  put("in.tsv", "p/gone.png\tx\n");
  EXPECT_ERROR(kData, "gone.png", write(export_coco, folder / "a.json"));
  EXPECT_ERROR(kData, "none does not exist", write(export_coco, folder / "none/a.json"));
  put("in.tsv", "p/none.png\tx\np/none.png\ty\n");
  EXPECT_ERROR(kData, "in.tsv:2: repeats the picture of an earlier row", write(export_txt, folder / "t"));
  EXPECT_EQ(folder.file_count(), 2);
}

TEST_F(ExportRoundTrip, TextsOfPicturesWhoseNamesContainEachOther) {
  for (const char* name : {"p/a.jpg", "p/a.jpg.png", "p/b.jpg", "p/b.jpg.jpg", "p/b.png"}) put(name);
  put("in.tsv", "p/a.jpg\told town_hall\np/a.jpg.png\tblue_sky\np/b.jpg\tx\np/b.jpg.jpg\ty\np/b.png\tz\n");
  write(export_txt, folder / "p");
  ImportRequest request{"p"};
  request.keep_underscores = true;
  request.txt_style = "comma";
  run("txt", request);
  EXPECT_EQ(rows(), rows("in.tsv"));
}

TEST(RelativePaths, AreAbsoluteWithoutACommonFolder) {
  EXPECT_EQ(RelativePaths("/nowhere/a").of("/elsewhere/b/c.jpg"), "/elsewhere/b/c.jpg");
  EXPECT_EQ(RelativePaths("/nowhere/a").of("/nowhere/c.jpg"), "../c.jpg");
  EXPECT_EQ(RelativePaths("/nowhere/a").of("/nowhere/a/b/c.jpg"), "b/c.jpg");
  EXPECT_EQ(RelativePaths("/").of("/elsewhere/c.jpg"), "elsewhere/c.jpg");
}

TEST_F(ExportRoundTrip, HuggingfaceNeedsPicturesBelowIt) {
  put("in.tsv", "/elsewhere/c.jpg\tx\n");
  EXPECT_ERROR(kUsage, "/elsewhere/c.jpg is not", write(export_huggingface, folder.path()));
}

}  // namespace
}  // namespace tagloom::test
