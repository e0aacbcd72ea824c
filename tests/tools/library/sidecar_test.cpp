// Writes keywords to sidecars of many forms, and undoes the changes.
#include "tools/library/sidecar.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "kernels/base/error.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"
#include "tools/library/keywords_of.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::read_whole_file;
using test::TemporaryFolder;
using test::write_whole_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

std::string packet(const std::string& properties, const std::string& attributes = "") {
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
         "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"" +
         attributes + ">" + properties + "</rdf:Description></rdf:RDF></x:xmpmeta>";
}

class Sidecar : public testing::Test {
 protected:
  Sidecar() { write_whole_file(picture_, "not a picture"); }
  // "dc:dog" for the user's keyword, "dc:dog*" for one that Tagloom wrote.
  std::vector<std::string> keywords() const {
    const PictureKeywords found = keywords_of(picture_);
    EXPECT_THAT(found.problems, ElementsAre());
    std::vector<std::string> words;
    for (const Keyword& keyword : found.keywords)
      words.push_back(std::string(name_of(keyword.field)) + ":" + keyword.text + (keyword.machine ? "*" : ""));
    return words;
  }
  bool write(std::vector<SuggestedTag> tags, std::vector<KeywordField> fields = {KeywordField::kDc},
             std::string model = "first") const {
    return write_sidecar(picture_, SidecarName::kPictureXmp,
                         {.tags = std::move(tags), .fields = std::move(fields), .model = std::move(model)});
  }
  bool undo() const { return write_sidecar(picture_, SidecarName::kPictureXmp, {.undo = true}); }
  std::string message(const std::string& sidecar) const {
    write_whole_file(sidecar_, sidecar);
    const std::string thrown = test::data_error([&] { write({{"dog"}}); });
    EXPECT_EQ(read_whole_file(sidecar_), sidecar);
    EXPECT_EQ(folder_.file_count(), 2);
    return thrown;
  }
  TemporaryFolder folder_;
  const std::string picture_ = folder_ / "a.jpg", sidecar_ = folder_ / "a.jpg.xmp";
};

TEST_F(Sidecar, IsCreatedAndRemovedByUndo) {
  EXPECT_TRUE(
      write({{"dog", 0.9f}, {"Cat & <co>", 0.5f, {"Animals"}}}, {KeywordField::kDc, KeywordField::kLr, KeywordField::kDigikam}));
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:dog*", "dc:Cat & <co>*", "lr:dog*", "lr:Animals|Cat & <co>*", "digikam:dog*",
                                               "digikam:Animals/Cat & <co>*"));
  EXPECT_EQ(keywords_of(picture_).model, "first");
  EXPECT_TRUE(undo());
  EXPECT_FALSE(fs::exists(sidecar_));
  EXPECT_FALSE(undo());
}

TEST_F(Sidecar, SeparatorsInTagsBecomeHyphens) {
  EXPECT_TRUE(write({{"a|b/c", 0.5f, {"d/e|f"}}}, {KeywordField::kDc, KeywordField::kLr, KeywordField::kDigikam}));
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:a|b/c*", "lr:d/e-f|a-b/c*", "digikam:d-e|f/a|b-c*"));
}

// Tags that the user removed are deleted, whoever wrote them, and not written again. Keywords without a decision stay.
TEST_F(Sidecar, UnwantedTagsAreRemovedAndNotWrittenAgain) {
  write_whole_file(sidecar_, packet("<dc:subject><rdf:Bag><rdf:li>mine</rdf:li><rdf:li>old</rdf:li></rdf:Bag></dc:subject>"));
  EXPECT_TRUE(write({{"dog"}, {"sea"}}));
  EXPECT_TRUE(write_sidecar(picture_, SidecarName::kPictureXmp,
                            {.tags = {{"dog"}, {"sky"}}, .by_user = true, .unwanted = {{"sea"}, {"old"}, {"car"}}}));
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:mine", "dc:dog", "dc:sky"));
  EXPECT_TRUE(write({{"car"}, {"sea"}, {"old"}, {"tree"}}, {KeywordField::kDc}, "second"));
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:mine", "dc:dog", "dc:sky", "dc:tree*"));
}

TEST_F(Sidecar, IsNotWrittenWithoutTags) {
  EXPECT_FALSE(write({}));
  EXPECT_FALSE(fs::exists(sidecar_));
}

// Every form of an RDF list keeps its keywords and gets one more.
TEST_F(Sidecar, AddsToEveryFormOfAList) {
  const std::pair<std::string, std::vector<std::string>> forms[] = {
      {"<dc:subject/>", {"dc:dog*"}},
      {"<dc:subject></dc:subject>", {"dc:dog*"}},
      {"<dc:subject>\n </dc:subject>", {"dc:dog*"}},
      {"<dc:subject><rdf:Bag/></dc:subject>", {"dc:dog*"}},
      {"<dc:subject>one</dc:subject>", {"dc:one", "dc:dog*"}},
      {"<dc:subject xml:lang=\"en\">one</dc:subject>", {"dc:one", "dc:dog*"}},
      {"<dc:subject><rdf:Bag><rdf:li>one</rdf:li></rdf:Bag></dc:subject>", {"dc:one", "dc:dog*"}},
      {"<dc:subject>\n  <rdf:Seq>\n   <rdf:li>one</rdf:li>\n  </rdf:Seq>\n</dc:subject>", {"dc:one", "dc:dog*"}},
      {"<dc:subject><rdf:Alt><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Alt></dc:subject>", {"dc:one", "dc:two", "dc:dog*"}},
      {"<dc:subject><rdf:Bag><rdf:li rdf:parseType=\"Resource\"><rdf:value>one</rdf:value><q:by "
       "xmlns:q=\"http://q/\">me</q:by></rdf:li>"
       "</rdf:Bag></dc:subject>",
       {"dc:one", "dc:dog*"}},
      {"<d:subject xmlns:d=\"http://purl.org/dc/elements/1.1/\"><rdf:Bag><rdf:li>one</rdf:li></rdf:Bag></d:subject>",
       {"dc:one", "dc:dog*"}},
      {"<dc:subject><rdf:Bag><!-- none --></rdf:Bag></dc:subject>", {"dc:dog*"}},
      {"<dc:rights>me</dc:rights>", {"dc:dog*"}},
      {"", {"dc:dog*"}},
  };
  for (const auto& [form, expected] : forms) {
    SCOPED_TRACE(form);
    write_whole_file(sidecar_, packet(form));
    EXPECT_TRUE(write({{"dog"}}));
    EXPECT_EQ(keywords(), expected) << read_whole_file(sidecar_);
    const std::string written = read_whole_file(sidecar_);
    EXPECT_FALSE(write({{"dog"}}));
    EXPECT_EQ(read_whole_file(sidecar_), written);
    EXPECT_TRUE(undo());
    std::vector<std::string> rest = expected;
    rest.pop_back();
    EXPECT_EQ(keywords(), rest) << read_whole_file(sidecar_);
  }
  write_whole_file(sidecar_, packet("", " dc:subject=\"one\""));
  EXPECT_TRUE(write({{"dog"}}));
  EXPECT_THAT(keywords(), ElementsAre("dc:one", "dc:dog*"));
}

// A keyword that exists in any XML spelling is not added again and remains the user's.
TEST_F(Sidecar, AddsAKeywordOnce) {
  for (const std::string item :
       {"<rdf:li>r&amp;b</rdf:li>", "<rdf:li>r&#38;b</rdf:li>", "<rdf:li>&#x72;&#x26;b</rdf:li>",
        "<rdf:li><![CDATA[r&b]]></rdf:li>", "<rdf:li>  r&amp;b\n </rdf:li>", "<rdf:li xml:lang=\"en\">r&amp;b</rdf:li>",
        "<rdf:li>r<![CDATA[&]]>b</rdf:li>", "<rdf:li rdf:parseType=\"Resource\"><rdf:value>r&amp;b</rdf:value></rdf:li>"}) {
    for (const std::string kind : {"Bag", "Seq", "Alt"}) {
      SCOPED_TRACE(item + kind);
      const std::string before = packet("<dc:subject><rdf:" + kind + ">" + item + "</rdf:" + kind + "></dc:subject>");
      write_whole_file(sidecar_, before);
      EXPECT_FALSE(write({{"r&b"}, {"r&b", 0, {"Music"}}}));
      EXPECT_EQ(read_whole_file(sidecar_), before);
      EXPECT_THAT(keywords(), ElementsAre("dc:r&b"));
    }
  }
}

TEST_F(Sidecar, NewModelReplacesOnlyTagloomsTags) {
  write_whole_file(sidecar_, packet("<dc:subject><rdf:Bag><rdf:li>dog</rdf:li></rdf:Bag></dc:subject>"));
  EXPECT_TRUE(write({{"dog"}, {"sea"}, {"sky"}}, {KeywordField::kDc, KeywordField::kLr}));
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:dog", "dc:sea*", "dc:sky*", "lr:dog*", "lr:sea*", "lr:sky*"));
  EXPECT_TRUE(write({{"sky"}, {"tree"}}, {KeywordField::kDc}, "second"));
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:dog", "dc:sky*", "dc:tree*"));
  EXPECT_EQ(keywords_of(picture_).model, "second");
  EXPECT_TRUE(write({{"sky"}, {"tree"}}, {KeywordField::kDc}, "third"));  // only the model differs
  EXPECT_TRUE(undo());
  EXPECT_THAT(keywords(), ElementsAre("dc:dog"));
  EXPECT_THAT(read_whole_file(sidecar_), Not(HasSubstr("tagloom")));
}

TEST_F(Sidecar, DeletedTagsAreNotWrittenAgain) {
  EXPECT_TRUE(write({{"sea"}, {"sky"}}));
  std::string text = read_whole_file(sidecar_);
  const std::string item = "<rdf:li>sea</rdf:li>";
  write_whole_file(sidecar_, text.erase(text.find(item), item.size()));
  EXPECT_TRUE(write({{"sea"}, {"sky"}}));  // records the rejection
  EXPECT_THAT(keywords(), ElementsAre("dc:sky*"));
  EXPECT_FALSE(write({{"sea"}, {"sky"}}));
  EXPECT_TRUE(write({{"sea"}, {"tree"}}, {KeywordField::kDc}, "second"));
  EXPECT_THAT(keywords(), ElementsAre("dc:tree*"));
  undo();
  EXPECT_TRUE(write({{"sea"}}));  // undo has removed the record of the rejection
  EXPECT_THAT(keywords(), ElementsAre("dc:sea*"));
}

TEST_F(Sidecar, EditedTagsBecomeTheUsersKeywords) {
  EXPECT_TRUE(write({{"sea"}, {"sky"}}));
  std::string text = read_whole_file(sidecar_);
  text.replace(text.find("<rdf:li>sea"), 11, "<rdf:li xml:lang=\"en\">sea");  // the first is in dc:subject
  text.insert(text.find("<rdf:li>sky"), "<rdf:li>sky</rdf:li>");
  write_whole_file(sidecar_, text);
  EXPECT_TRUE(undo());
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:sea", "dc:sky")) << read_whole_file(sidecar_);
}

TEST_F(Sidecar, UserDecisionsBecomeTheUsersKeywords) {
  EXPECT_TRUE(write({{"sea"}, {"sky"}}));
  EXPECT_TRUE(write_sidecar(picture_, SidecarName::kPictureXmp, {.tags = {{"sky"}, {"tree"}}, .by_user = true}));
  EXPECT_THAT(keywords(), ElementsAre("dc:sky", "dc:tree"));
  EXPECT_TRUE(write({{"sea"}, {"sky"}, {"house"}}));  // sea was rejected
  EXPECT_THAT(keywords(), ElementsAre("dc:sky", "dc:tree", "dc:house*"));
  EXPECT_TRUE(undo());
  EXPECT_THAT(keywords(), ElementsAre("dc:sky", "dc:tree"));
}

TEST_F(Sidecar, UndoKeepsACreatedSidecarWithOtherContents) {
  EXPECT_TRUE(write({{"sea"}}));
  std::string text = read_whole_file(sidecar_);
  text.insert(text.find("</rdf:RDF>"),
              "<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:Rating=\"4\"/>");
  write_whole_file(sidecar_, text);
  EXPECT_TRUE(undo());
  EXPECT_THAT(read_whole_file(sidecar_), HasSubstr("xmp:Rating=\"4\""));
  EXPECT_THAT(keywords(), ElementsAre());
}

TEST_F(Sidecar, IsRefusedUnchangedIfItIsNotXmp) {
  EXPECT_THAT(message("hello"), HasSubstr("a.jpg.xmp: is not XMP"));
  EXPECT_THAT(message(""), HasSubstr("is empty"));
  EXPECT_THAT(message("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>"), HasSubstr("has no rdf:RDF"));
  EXPECT_THAT(message(packet("<dc:subject/>") + packet("")), HasSubstr("two root elements"));
  EXPECT_THAT(message(packet("<dc:subject/><dc:subject/>")), HasSubstr("a.jpg.xmp: "));
  EXPECT_THAT(message(packet("<dc:title>")), HasSubstr("is not XMP"));
  EXPECT_THAT(message(packet("<dc:rights>\xFF</dc:rights>")), HasSubstr("not UTF-8"));
  EXPECT_THAT(message(packet("<un:declared>x</un:declared>")), HasSubstr("a.jpg.xmp: its XMP cannot be read"));
  EXPECT_THAT(message(packet("<dc:subject rdf:parseType=\"Resource\"><dc:a>x</dc:a></dc:subject>")), HasSubstr("structure"));
  EXPECT_THAT(message("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" + packet("<dc:rights>&b;</dc:rights>")),
              HasSubstr("document type declaration"));
  EXPECT_THAT(message(packet("<dc:rights>&b;</dc:rights>")), HasSubstr("cannot be read"));
  EXPECT_THAT(message(packet("<dc:rights>a" + std::string(1, '\0') + "b</dc:rights>")), HasSubstr("a.jpg.xmp: "));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<rdf:Bag><rdf:li>";
  for (int i = 0; i < 100000; ++i) deep += "</rdf:li></rdf:Bag>";
  EXPECT_THAT(message(packet("<dc:source>" + deep + "</dc:source>")), HasSubstr("nested more than 100 levels"));
  EXPECT_THAT(message(packet("<dc:rights>" + std::string(33 << 20, 'x') + "</dc:rights>")),
              HasSubstr("the limit for sidecars is 33554432"));
}

TEST_F(Sidecar, IsRefusedUnchangedIfItIsNotAWritableFile) {
  fs::create_directory(sidecar_);
  EXPECT_THAT(test::data_error([&] { write({{"dog"}}); }), HasSubstr("a.jpg.xmp: is not a regular file"));
  fs::remove(sidecar_);
  ASSERT_EQ(::mkfifo(sidecar_.c_str(), 0600), 0);
  EXPECT_THAT(test::data_error([&] { write({{"dog"}}); }), HasSubstr("a.jpg.xmp: is not a regular file"));
  fs::remove(sidecar_);
  fs::create_symlink("missing.xmp", sidecar_);
  EXPECT_THAT(test::data_error([&] { write({{"dog"}}); }), HasSubstr("a.jpg.xmp: is a link to a file that does not exist"));
  EXPECT_TRUE(fs::is_symlink(sidecar_));
  fs::remove(sidecar_);
  write_whole_file(sidecar_, packet(""));
  ::chmod(sidecar_.c_str(), 0444);
  EXPECT_THAT(test::data_error([&] { write({{"dog"}}); }), HasSubstr("a.jpg.xmp: is write-protected"));
  EXPECT_EQ(read_whole_file(sidecar_), packet(""));
}

TEST_F(Sidecar, KeepsModeTimeAndLink) {
  write_whole_file(folder_ / "real.xmp", packet(""));
  fs::create_symlink("real.xmp", sidecar_);
  ::chmod((folder_ / "real.xmp").c_str(), 0640);
  const timespec times[] = {{1000000000, 5}, {1000000001, 123456789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, sidecar_.c_str(), times, 0), 0);
  EXPECT_TRUE(write({{"dog"}}));
  EXPECT_TRUE(fs::is_symlink(sidecar_));
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "real.xmp").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
  EXPECT_EQ(info.st_mtim.tv_sec, 1000000001);
  EXPECT_EQ(info.st_mtim.tv_nsec, 123456789);
  EXPECT_THAT(read_whole_file(folder_ / "real.xmp"), HasSubstr("<rdf:li>dog</rdf:li>"));
}

TEST_F(Sidecar, OtherHardLinksKeepTheOldContents) {
  write_whole_file(sidecar_, packet(""));
  fs::create_hard_link(sidecar_, folder_ / "backup.xmp");
  EXPECT_TRUE(write({{"dog"}}));
  EXPECT_EQ(read_whole_file(folder_ / "backup.xmp"), packet(""));
}

TEST_F(Sidecar, KeepsTheEncoding) {
  const std::string before = packet("<dc:rights>caf\xC3\xA9</dc:rights>");
  for (const bool big : {false, true}) {
    std::string wide = big ? "\xFE\xFF" : "\xFF\xFE";
    for (size_t i = 0; i < before.size(); ++i) {
      unsigned code = static_cast<unsigned char>(before[i]);
      if (code == 0xC3) code = 0xE9, ++i;
      const char low = static_cast<char>(code), high = 0;
      wide += big ? high : low;
      wide += big ? low : high;
    }
    write_whole_file(sidecar_, wide);
    EXPECT_TRUE(write({{"dog"}}));
    const std::string after = read_whole_file(sidecar_);
    EXPECT_EQ(after.substr(0, 60), wide.substr(0, 60));
    EXPECT_THAT(keywords(), ElementsAre("dc:dog*"));
    EXPECT_TRUE(undo());
    EXPECT_EQ(read_whole_file(sidecar_), wide);
  }
}

TEST_F(Sidecar, PrefersAnExistingFile) {
  const std::string stem = folder_ / "a.xmp";
  EXPECT_EQ(sidecar_to_write(picture_, SidecarName::kPictureXmp), sidecar_);
  EXPECT_EQ(sidecar_to_write(picture_, SidecarName::kStemXmp), stem);
  write_whole_file(stem, packet(""));
  EXPECT_EQ(sidecar_to_write(picture_, SidecarName::kPictureXmp), stem);
  write_whole_file(sidecar_, packet(""));
  EXPECT_EQ(sidecar_to_write(picture_, SidecarName::kStemXmp), sidecar_);
  EXPECT_THAT(sidecars_of(picture_), ElementsAre(sidecar_, stem));
  fs::remove(sidecar_);
  fs::rename(stem, folder_ / "a.XMP");
  EXPECT_EQ(sidecar_to_write(picture_, SidecarName::kPictureXmp), folder_ / "a.XMP");
}

TEST_F(Sidecar, StemSidecarBelongsToTheRawFile) {
  const std::string stem = folder_ / "a.xmp", raw = folder_ / "a.CR2";
  write_whole_file(stem, packet(""));
  write_whole_file(raw, "");
  EXPECT_THAT(sidecars_of(picture_), ElementsAre());
  EXPECT_EQ(sidecar_to_write(picture_, SidecarName::kStemXmp), sidecar_);
  EXPECT_THAT(sidecars_of(raw), ElementsAre(stem));
  write_whole_file(folder_ / "a.Dng", "");  // with two, nobody knows whose it is
  EXPECT_THAT(sidecars_of(raw), ElementsAre());
  EXPECT_EQ(sidecar_to_write(raw, SidecarName::kStemXmp), raw + ".xmp");
  fs::remove(raw);
  EXPECT_THAT(sidecars_of(picture_), ElementsAre());
  EXPECT_THAT(sidecars_of(folder_ / "a.Dng"), ElementsAre(stem));
  fs::remove(folder_ / "a.Dng");
  write_whole_file(folder_ / "a.mov", "");  // recorded with the photograph
  write_whole_file(folder_ / "ab.jpg", "");
  EXPECT_THAT(sidecars_of(picture_), ElementsAre(stem));
  for (const char* other : {"a.png", "a.Jpg", "a.jPeG"}) {
    write_whole_file(folder_ / other, "");
    EXPECT_THAT(sidecars_of(picture_), ElementsAre()) << other;
    fs::remove(folder_ / other);
  }
}

TEST_F(Sidecar, WritingClearsTheOtherSidecar) {
  const std::string stem = folder_ / "a.xmp";
  EXPECT_TRUE(write_sidecar(picture_, SidecarName::kStemXmp, {.tags = {{"dog"}, {"sea"}}, .model = "first"}));
  ASSERT_TRUE(fs::exists(stem));
  write_whole_file(sidecar_, packet("<dc:title>Dusk</dc:title>"));  // another program's
  EXPECT_TRUE(write({{"cat"}}, {KeywordField::kDc}, "second"));
  EXPECT_THAT(keywords(), ElementsAre("dc:cat*"));
  EXPECT_FALSE(fs::exists(stem));

  write_whole_file(stem, packet("<dc:subject><rdf:Bag><rdf:li>mine</rdf:li></rdf:Bag></dc:subject>"));
  fs::remove(sidecar_);
  EXPECT_TRUE(write({{"dog"}, {"sea"}}));
  std::string text = read_whole_file(stem);
  const std::string item = "<rdf:li>sea</rdf:li>";
  write_whole_file(stem, text.erase(text.find(item), item.size()));  // the user deletes the keyword
  write_whole_file(sidecar_, packet(""));
  EXPECT_THAT(rejected_in_sidecars(picture_, sidecar_)[KeywordField::kDc], ElementsAre("sea"));
  EXPECT_TRUE(write({{"dog"}}));
  EXPECT_THAT(keywords(), UnorderedElementsAre("dc:mine", "dc:dog*"));
  EXPECT_THAT(read_whole_file(stem), Not(HasSubstr(">dog<")));
  EXPECT_THAT(rejected_in_sidecars(picture_, sidecar_)[KeywordField::kDc], ElementsAre("sea"));  // remembered
  EXPECT_FALSE(write({{"dog"}}));
  EXPECT_TRUE(undo());
  EXPECT_THAT(keywords(), ElementsAre("dc:mine"));
}

// With another picture of the same name, the sidecar belongs to neither. With a RAW file, it is the RAW file's.
TEST_F(Sidecar, ClearsWhatItWroteBeforeAnotherPictureCame) {
  const std::string stem = folder_ / "a.xmp", png = folder_ / "a.png", raw = folder_ / "a.dng";
  const auto write_stem = [&](const std::string& picture) {
    return write_sidecar(picture, SidecarName::kStemXmp, {.tags = {{"dog"}}, .model = "first"});
  };
  EXPECT_TRUE(write_stem(picture_));
  write_whole_file(png, "");
  EXPECT_TRUE(write_stem(picture_));
  EXPECT_THAT(keywords(), ElementsAre("dc:dog*"));
  EXPECT_TRUE(fs::exists(sidecar_));
  EXPECT_FALSE(fs::exists(stem));
  EXPECT_TRUE(undo());

  fs::remove(png);
  EXPECT_TRUE(write_stem(picture_));
  write_whole_file(png, "");
  EXPECT_TRUE(undo());
  EXPECT_FALSE(fs::exists(stem));

  const std::string foreign = packet("<dc:subject><rdf:Bag><rdf:li>mine</rdf:li></rdf:Bag></dc:subject>");
  write_whole_file(stem, foreign);
  EXPECT_FALSE(undo());
  EXPECT_EQ(read_whole_file(stem), foreign);
  write_whole_file(stem, "hello");
  EXPECT_FALSE(undo());

  fs::remove(stem);
  write_whole_file(raw, "");
  EXPECT_TRUE(write_stem(raw));
  EXPECT_FALSE(undo());
  EXPECT_TRUE(fs::exists(stem));
}

}  // namespace
}  // namespace tagloom
