// Tests tagpredict on a photo library: sidecars of other programs, embedded keywords and undo, checked with exiftool and exiv2.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramResult;
using test::read_whole_file;
using test::run_program;
using test::TrainTools;
using test::write_whole_file;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class PhotoLibrary : public TrainTools {
 protected:
  void SetUp() override {
    fs::create_directory(path("photos"));
    copy("a.jpg");
  }
  void TearDown() override { fs::remove_all(path("photos")); }
  static void copy(const std::string& name) {
    fs::create_directories(fs::path(path("photos/" + name)).parent_path());
    fs::copy(path("scenes/images/000002.jpg"), path("photos/" + name));
  }
  static ProgramResult predict(std::vector<std::string> more) {
    std::vector<std::string> words{"tagpredict", "-q", finished(), path("photos"), "--top-k", "2"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  static ProgramResult undo() { return run_program({"tagpredict", "-q", "--undo", path("photos")}); }
  // The values that exiftool reads, by "Group:Tag", without warnings.
  static nlohmann::json exiftool(const std::string& file) {
    const ProgramResult read = run_program({"/usr/bin/exiftool", "-json", "-struct", "-G1", "-a", "-n", path("photos/" + file)});
    EXPECT_EQ(read.code, 0) << read.err;
    const nlohmann::json values = nlohmann::json::parse(read.out).at(0);
    EXPECT_FALSE(values.contains("ExifTool:Warning")) << values.dump(1);
    return values;
  }
  // "Xmp.dc.subject  dog, sea" and so on, one line each.
  static std::string exiv2(const std::string& file) {
    const ProgramResult read = run_program({"/usr/bin/exiv2", "-q", "-Pkt", path("photos/" + file)});
    EXPECT_THAT(read.code, testing::AnyOf(0, 253)) << read.err;  // 253: no metadata
    EXPECT_EQ(read.err, "");
    return read.out;
  }
  static std::vector<std::string> list(const nlohmann::json& values, const std::string& key) {
    if (!values.contains(key)) return {};
    return values[key].is_array() ? values[key].get<std::vector<std::string>>()
                                  : std::vector<std::string>{values[key].get<std::string>()};
  }
};

TEST_F(PhotoLibrary, WritesSidecarsThatOtherProgramsRead) {
  ASSERT_EQ(predict({"--format", "xmp", "--keyword-fields", "dc,lr,digikam"}).code, 0);
  const nlohmann::json values = exiftool("a.jpg.xmp");
  const std::vector<std::string> tags = list(values, "XMP-dc:Subject");
  ASSERT_THAT(tags, SizeIs(2));
  EXPECT_EQ(list(values, "XMP-lr:HierarchicalSubject"), tags);
  EXPECT_EQ(list(values, "XMP-digiKam:TagsList"), tags);
  EXPECT_THAT(values["XMP-tagloom:Model"].get<std::string>(), HasSubstr("finished, multi_order, weights "));
  EXPECT_THAT(exiv2("a.jpg.xmp"), HasSubstr("Xmp.dc.subject"));
  EXPECT_THAT(exiv2("a.jpg.xmp"), HasSubstr(tags[0] + ", " + tags[1]));
  const std::string sidecar = read_whole_file(path("photos/a.jpg.xmp"));
  ASSERT_EQ(predict({"--format", "xmp", "--keyword-fields", "dc,lr,digikam"}).code, 0);
  EXPECT_EQ(read_whole_file(path("photos/a.jpg.xmp")), sidecar);
  ASSERT_EQ(undo().code, 0);
  EXPECT_FALSE(fs::exists(path("photos/a.jpg.xmp")));
}

TEST_F(PhotoLibrary, SkipExistingSkipsPicturesWithTagloomKeywords) {
  ASSERT_EQ(predict({"--format", "xmp"}).code, 0);
  const std::vector<std::string> first = list(exiftool("a.jpg.xmp"), "XMP-dc:Subject");
  copy("b.jpg");
  copy("c.jpg");
  write_whole_file(
      path("photos/c.jpg.xmp"),
      "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>");
  write_whole_file(path("photos/other.txt"), "* = other\n");
  ASSERT_EQ(predict({"--format", "xmp", "--skip-existing", "--rename", path("photos/other.txt")}).code, 0);
  EXPECT_EQ(list(exiftool("a.jpg.xmp"), "XMP-dc:Subject"), first);
  for (const char* sidecar : {"b.jpg.xmp", "c.jpg.xmp"})
    EXPECT_EQ(list(exiftool(sidecar), "XMP-dc:Subject"), std::vector<std::string>{"other"});
}

// The page shows the user's own keywords, and none that Tagloom wrote, as existing.
TEST_F(PhotoLibrary, ReviewShowsTheUsersKeywordsAndAppliesDecisions) {
  ASSERT_EQ(run_program({"/usr/bin/exiftool", "-q", "-overwrite_original", "-XMP-dc:Subject=holiday", path("photos/a.jpg")}).code,
            0);
  ASSERT_EQ(predict({"--format", "xmp"}).code, 0);
  const std::vector<std::string> tags = list(exiftool("a.jpg.xmp"), "XMP-dc:Subject");
  ASSERT_THAT(tags, SizeIs(2));
  ASSERT_EQ(predict({"--review", path("photos/page.html")}).code, 0);
  EXPECT_THAT(read_whole_file(path("photos/page.html")), HasSubstr("holiday"));
  write_whole_file(path("photos/review.jsonl"), nlohmann::json({{"path", path("photos/a.jpg")},
                                                                {"tags", {tags[0], "beach"}},
                                                                {"state", "corrected"},
                                                                {"added", {"beach"}},
                                                                {"rejected", {tags[1]}},
                                                                {"removed", nlohmann::json::array()}})
                                                        .dump() +
                                                    "\n");
  const ProgramResult applied = run_program({"tagpredict", "--apply", path("photos/review.jsonl"), "--format", "xmp"});
  ASSERT_EQ(applied.code, 0) << applied.err;
  const std::vector<std::string> decided{tags[0], "beach"};
  EXPECT_THAT(list(exiftool("a.jpg.xmp"), "XMP-dc:Subject"), testing::UnorderedElementsAreArray(decided));
  ASSERT_EQ(predict({"--format", "xmp"}).code, 0);  // suggests the rejected tag again
  EXPECT_THAT(list(exiftool("a.jpg.xmp"), "XMP-dc:Subject"), testing::UnorderedElementsAreArray(decided));
}

TEST_F(PhotoLibrary, AddsToASeqAndKeepsPersonInImage) {
  write_whole_file(path("photos/a.jpg.xmp"),
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                   " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                   "  <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
                   "xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">\n"
                   "   <dc:subject><rdf:Seq><rdf:li>pier</rdf:li></rdf:Seq></dc:subject>\n"
                   "   <Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>B. Body</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>\n"
                   "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n");
  ASSERT_EQ(predict({"--format", "xmp"}).code, 0);
  const nlohmann::json values = exiftool("a.jpg.xmp");
  EXPECT_THAT(list(values, "XMP-dc:Subject"), AllOf(SizeIs(3), Contains("pier")));
  EXPECT_THAT(list(values, "XMP-iptcExt:PersonInImage"), testing::ElementsAre("B. Body"));
  EXPECT_THAT(exiv2("a.jpg.xmp"), HasSubstr("pier, "));
}

TEST_F(PhotoLibrary, FillsASelfClosedSubject) {
  write_whole_file(
      path("photos/a.jpg.xmp"),
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
      "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:subject/><dc:title><rdf:Alt>"
      "<rdf:li xml:lang=\"x-default\">Dusk</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>");
  ASSERT_EQ(predict({"--format", "xmp"}).code, 0);
  const nlohmann::json values = exiftool("a.jpg.xmp");
  EXPECT_THAT(list(values, "XMP-dc:Subject"), SizeIs(2));
  EXPECT_EQ(values["XMP-dc:Title"], "Dusk");
  EXPECT_THAT(exiv2("a.jpg.xmp"), HasSubstr("Xmp.dc.title"));
}

TEST_F(PhotoLibrary, ReportsADamagedSidecarAndWritesTheOthers) {
  for (const char* name : {"b/x.jpg", "c/x.jpg"}) copy(name);
  write_whole_file(path("photos/b/x.jpg.xmp"), "hello");
  const ProgramResult result = predict({"--format", "xmp"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("photos/b/x.jpg.xmp: is not XMP"));
  EXPECT_EQ(read_whole_file(path("photos/b/x.jpg.xmp")), "hello");
  for (const char* name : {"a.jpg.xmp", "c/x.jpg.xmp"}) EXPECT_THAT(list(exiftool(name), "XMP-dc:Subject"), SizeIs(2)) << name;
  const ProgramResult undone = undo();
  EXPECT_EQ(undone.code, 3);
  EXPECT_THAT(undone.err, HasSubstr("photos/b/x.jpg.xmp: is not XMP"));
  EXPECT_FALSE(fs::exists(path("photos/c/x.jpg.xmp")));
}

TEST_F(PhotoLibrary, EmbedsKeywordsAndUndoRestoresTheFile) {
  const std::string original = read_whole_file(path("photos/a.jpg"));
  ASSERT_EQ(predict({"--embed", "--backup", "--keyword-fields", "dc,iptc"}).code, 0);
  EXPECT_EQ(read_whole_file(path("photos/a.jpg_original")), original);
  EXPECT_FALSE(fs::exists(path("photos/a.jpg.xmp")));
  const nlohmann::json values = exiftool("a.jpg");
  EXPECT_THAT(list(values, "XMP-dc:Subject"), SizeIs(2));
  EXPECT_EQ(list(values, "IPTC:Keywords"), list(values, "XMP-dc:Subject"));
  EXPECT_THAT(exiv2("a.jpg"), AllOf(HasSubstr("Iptc.Application2.Keywords"), HasSubstr("Xmp.dc.subject")));
  ASSERT_EQ(undo().code, 0);
  EXPECT_EQ(read_whole_file(path("photos/a.jpg")), original);
  EXPECT_EQ(read_whole_file(path("photos/a.jpg_original")), original);
}

// Renames every tag, as a newer tagger would choose others.
std::string other_tags(const std::string& file) {
  write_whole_file(file, "* = other\n");
  return file;
}

TEST_F(PhotoLibrary, EmbeddingReplacesTheSidecarOfAnEarlierRun) {
  ASSERT_EQ(predict({"--format", "xmp"}).code, 0);
  const std::vector<std::string> tags = list(exiftool("a.jpg.xmp"), "XMP-dc:Subject");
  ASSERT_THAT(tags, SizeIs(2));
  ASSERT_EQ(run_program({"/usr/bin/exiftool", "-q", "-overwrite_original", "-XMP-dc:Subject-=" + tags[0], "-XMP-xmp:Rating=2",
                         path("photos/a.jpg.xmp")})
                .code,
            0);
  ASSERT_EQ(predict({"--embed"}).code, 0);  // does not write the deleted tag again
  EXPECT_EQ(list(exiftool("a.jpg"), "XMP-dc:Subject"), std::vector<std::string>{tags[1]});
  EXPECT_THAT(list(exiftool("a.jpg.xmp"), "XMP-dc:Subject"), SizeIs(0));
  EXPECT_EQ(exiftool("a.jpg.xmp")["XMP-xmp:Rating"], 2);

  const ProgramResult result = predict({"--format", "xmp", "--rename", other_tags(path("photos/other.txt"))});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(
      result.err,
      HasSubstr(
          "keywords that an earlier run embedded remain: replace them with --embed, or remove them with --undo (1 picture)"));
  EXPECT_EQ(list(exiftool("a.jpg"), "XMP-dc:Subject"), std::vector<std::string>{tags[1]});
  ASSERT_EQ(undo().code, 0);
  for (const char* file : {"a.jpg", "a.jpg.xmp"}) EXPECT_THAT(list(exiftool(file), "XMP-dc:Subject"), SizeIs(0)) << file;
}

TEST_F(PhotoLibrary, EmbeddingDoesNotSkipPicturesWithOnlyASidecar) {
  ASSERT_EQ(predict({"--format", "xmp"}).code, 0);
  ASSERT_EQ(predict({"--embed", "--skip-existing"}).code, 0);
  const std::vector<std::string> tags = list(exiftool("a.jpg"), "XMP-dc:Subject");
  EXPECT_THAT(tags, SizeIs(2));
  ASSERT_EQ(predict({"--embed", "--skip-existing", "--rename", other_tags(path("photos/other.txt"))}).code, 0);
  EXPECT_EQ(list(exiftool("a.jpg"), "XMP-dc:Subject"), tags);
}

TEST_F(PhotoLibrary, UndoFindsASidecarThatTwoPicturesShare) {
  ASSERT_EQ(predict({"--format", "xmp", "--sidecar-name", "xmp"}).code, 0);
  ASSERT_TRUE(fs::exists(path("photos/a.xmp")));
  copy("a.png");
  ASSERT_EQ(undo().code, 0);
  EXPECT_FALSE(fs::exists(path("photos/a.xmp")));
}

TEST_F(PhotoLibrary, ReportsRemovedKeywordsThatOnlyThePictureContains) {
  ASSERT_EQ(run_program({"/usr/bin/exiftool", "-q", "-overwrite_original", "-XMP-dc:Subject=wrong", path("photos/a.jpg")}).code,
            0);
  const std::string original = read_whole_file(path("photos/a.jpg"));
  write_whole_file(path("photos/decisions.jsonl"), "{\"path\": \"" + path("photos/a.jpg") +
                                                       "\", \"tags\": [\"sky\"], \"state\": \"corrected\", \"added\": [], "
                                                       "\"rejected\": [], \"removed\": [\"wrong\"]}\n");
  const auto apply = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"tagpredict", "-q", "--apply", path("photos/decisions.jsonl")};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  };
  const ProgramResult result = apply({"--format", "xmp"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, AllOf(HasSubstr("photos/a.jpg: the file itself still contains 'wrong'"), HasSubstr("--embed")));
  EXPECT_EQ(read_whole_file(path("photos/a.jpg")), original);
  EXPECT_EQ(list(exiftool("a.jpg.xmp"), "XMP-dc:Subject"), std::vector<std::string>{"sky"});
  EXPECT_EQ(apply({"--embed"}).code, 0);
  EXPECT_EQ(list(exiftool("a.jpg"), "XMP-dc:Subject"), std::vector<std::string>{"sky"});
  EXPECT_EQ(apply({"--format", "xmp"}).code, 0);
}

TEST_F(PhotoLibrary, PrefersAnExistingSidecarToTheChosenName) {
  copy("b.jpg");
  write_whole_file(
      path("photos/b.jpg.xmp"),
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description "
      "rdf:about=\"\"/></rdf:RDF></x:xmpmeta>");
  ASSERT_EQ(predict({"--format", "xmp", "--sidecar-name", "xmp"}).code, 0);
  EXPECT_TRUE(fs::exists(path("photos/a.xmp")));
  EXPECT_FALSE(fs::exists(path("photos/a.jpg.xmp")));
  EXPECT_FALSE(fs::exists(path("photos/b.xmp")));
  EXPECT_THAT(list(exiftool("b.jpg.xmp"), "XMP-dc:Subject"), SizeIs(2));
}

TEST_F(PhotoLibrary, RejectsInvalidCombinationsOfFlags) {
  const auto refused = [](const std::vector<std::string>& flags) {
    const ProgramResult result = predict(flags);
    EXPECT_EQ(result.code, 2) << result.out;
    return result.err;
  };
  EXPECT_THAT(refused({"--format", "csv", "--embed"}), HasSubstr("--embed writes XMP to pictures"));
  EXPECT_THAT(refused({"--format", "xmp", "--backup"}), HasSubstr("add --embed"));
  EXPECT_THAT(refused({"--format", "xmp", "--keyword-fields", "dc,iptc"}), HasSubstr("add --embed"));
  EXPECT_THAT(refused({"--format", "xmp", "--keyword-fields", "dc,,lr"}), HasSubstr("give dc, lr, digikam or iptc"));
}

}  // namespace
}  // namespace tagloom
