// Embeds keywords in pictures with IPTC data, and compares them with what exiftool reads by the rules of the Metadata Working Group.
#include <gmock/gmock.h>

#include "tests/tools/library/embedded_pictures.h"
#include "tools/library/keywords_of.h"

namespace tagloom {
namespace {

using test::read_whole_file;
using test::run_program;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kKaese = "K\xC3\xA4se";

class EmbeddedIptc : public test::Embedded {
 protected:
  // Keywords from dc:subject or IPTC, as programs read them that follow the Metadata Working Group.
  static std::vector<std::string> mwg_keywords(const std::string& picture) {
    const auto read = run_program({"/usr/bin/exiftool", "-use", "MWG", "-json", "-MWG:Keywords", picture});
    EXPECT_EQ(read.code, 0) << read.err;
    return list(nlohmann::json::parse(read.out).at(0), "Keywords");
  }
  static bool embed(const std::string& picture, std::vector<SuggestedTag> tags,
                    std::vector<KeywordField> fields = {KeywordField::kDc}) {
    return embed_keywords(picture, {.tags = std::move(tags), .fields = std::move(fields), .model = "first"}, false).changed;
  }
  static bool undo(const std::string& picture) {
    EXPECT_TRUE(embedded_keywords(picture).can_be_undone);
    const bool changed = embed_keywords(picture, {.undo = true}, false).changed;
    EXPECT_FALSE(embedded_keywords(picture).can_be_undone);
    return changed;
  }
  static std::vector<std::string> machine_keywords(const std::string& picture) {
    std::vector<std::string> texts;
    for (const Keyword& keyword : keywords_of(picture).keywords) {
      if (keyword.machine) texts.push_back(std::string(name_of(keyword.field)) + ":" + keyword.text);
    }
    return texts;
  }
  static std::string digest(const std::string& picture, const char* tag) { return exiftool(picture).value(tag, std::string()); }
  static std::vector<std::string> subject(const std::string& picture) { return list(exiftool(picture), "XMP-dc:Subject"); }
};

TEST_P(EmbeddedIptc, KeywordsStayVisibleAndUndoRestoresThem) {
  const std::string picture = make(GetParam());
  exiftool_writes(picture, {"-IPTC:Keywords=family", "-IPTC:Keywords=grandma"});
  ASSERT_THAT(mwg_keywords(picture), ElementsAre("family", "grandma"));
  const nlohmann::json before = others(picture);
  EXPECT_TRUE(embed(picture, {{"dog"}}));
  EXPECT_THAT(mwg_keywords(picture), UnorderedElementsAre("family", "grandma", "dog"));
  EXPECT_THAT(machine_keywords(picture), ElementsAre("dc:dog"));
  EXPECT_FALSE(embed(picture, {{"dog"}}));
  EXPECT_TRUE(embed(picture, {{"cat"}}));
  EXPECT_THAT(mwg_keywords(picture), UnorderedElementsAre("family", "grandma", "cat"));
  EXPECT_TRUE(undo(picture));
  EXPECT_THAT(subject(picture), IsEmpty());
  EXPECT_THAT(mwg_keywords(picture), ElementsAre("family", "grandma"));
  EXPECT_EQ(others(picture), before);
  EXPECT_EQ(run_program({"/usr/bin/exiftool", "-XMP:all", picture}).out, "");
}

// The tag is the user's keyword in both fields.
TEST_P(EmbeddedIptc, CopiesAKeywordThatIsAlsoSuggested) {
  const std::string picture = make(GetParam());
  exiftool_writes(picture, {"-IPTC:Keywords=family", "-IPTC:Keywords=dog"});
  EXPECT_TRUE(embed(picture, {{"dog"}}));
  EXPECT_THAT(mwg_keywords(picture), ElementsAre("family", "dog"));
  EXPECT_THAT(machine_keywords(picture), IsEmpty());
  EXPECT_TRUE(embed(picture, {{"cat"}}, {KeywordField::kDc, KeywordField::kIptc}));
  EXPECT_THAT(mwg_keywords(picture), ElementsAre("family", "dog", "cat"));
  EXPECT_THAT(machine_keywords(picture), UnorderedElementsAre("dc:cat", "iptc:cat"));
  EXPECT_TRUE(undo(picture));
  EXPECT_THAT(subject(picture), IsEmpty());
  EXPECT_THAT(mwg_keywords(picture), ElementsAre("family", "dog"));
}

// Removing the copies would hide the IPTC keywords behind the user's new one.
TEST_P(EmbeddedIptc, CopiesStayNextToAnotherKeywordOfTheUser) {
  const std::string picture = make(GetParam());
  exiftool_writes(picture, {"-IPTC:Keywords=family"});
  EXPECT_TRUE(embed(picture, {{"dog"}}));
  exiftool_writes(picture, {"-XMP-dc:Subject+=beach"});
  EXPECT_TRUE(undo(picture));
  EXPECT_THAT(mwg_keywords(picture), ElementsAre("family", "beach"));
}

TEST_P(EmbeddedIptc, KeepsTheDigestCurrent) {
  const std::string picture = make(GetParam());
  exiftool_writes(picture, {"-IPTC:Caption-Abstract=old", "-IPTC:Keywords=mine", "-XMP-dc:Subject=mine"});
  exiftool_writes(picture, {"-IPTCDigest=new"});
  exiftool_writes(picture, {"-XMP-dc:Description=new"});
  const std::string before = digest(picture, "Photoshop:IPTCDigest");
  ASSERT_EQ(before, digest(picture, "File:CurrentIPTCDigest"));
  EXPECT_TRUE(embed(picture, {{"dog"}, {kKaese}}, {KeywordField::kDc, KeywordField::kIptc}));
  EXPECT_THAT(list(exiftool(picture), "IPTC:Keywords"), ElementsAre("mine", "dog", kKaese));
  EXPECT_NE(digest(picture, "Photoshop:IPTCDigest"), before);
  EXPECT_EQ(digest(picture, "Photoshop:IPTCDigest"), digest(picture, "File:CurrentIPTCDigest"));
  EXPECT_THAT(run_program({"/usr/bin/exiftool", "-use", "MWG", "-s3", "-MWG:Description", picture}).out, "new\n");
  EXPECT_TRUE(undo(picture));
  EXPECT_EQ(digest(picture, "Photoshop:IPTCDigest"), before);
  EXPECT_EQ(digest(picture, "File:CurrentIPTCDigest"), before);
}

// It tells readers that the IPTC data is newer than the XMP packet.
TEST_P(EmbeddedIptc, KeepsAnOutdatedDigest) {
  const std::string picture = make(GetParam());
  exiftool_writes(picture, {"-IPTC:Keywords=mine", "-XMP-dc:Subject=mine"});
  exiftool_writes(picture, {"-IPTCDigest=new"});
  const std::string before = digest(picture, "Photoshop:IPTCDigest");
  exiftool_writes(picture, {"-IPTC:Headline=later"});
  ASSERT_NE(digest(picture, "File:CurrentIPTCDigest"), before);
  EXPECT_TRUE(embed(picture, {{"dog"}}, {KeywordField::kDc, KeywordField::kIptc}));
  EXPECT_EQ(digest(picture, "Photoshop:IPTCDigest"), before);
}

TEST_P(EmbeddedIptc, UndoRemovesTheCharacterSetItDeclared) {
  const std::string picture = make(GetParam());
  exiftool_writes(picture, {"-IPTC:Headline=Evening", "-IPTC:Keywords=mine"});
  const std::string bytes = read_whole_file(picture);
  const auto set = [&] { return exiftool(picture).contains("IPTC:CodedCharacterSet"); };
  ASSERT_FALSE(set());
  const std::vector<KeywordField> iptc = {KeywordField::kIptc};
  EXPECT_TRUE(embed(picture, {{kKaese}}, iptc));
  EXPECT_TRUE(set());
  EXPECT_TRUE(embed(picture, {{"dog"}}, iptc));  // no text needs it any more
  EXPECT_FALSE(set());
  EXPECT_TRUE(embed(picture, {{kKaese}, {"dog"}}, iptc));
  EXPECT_TRUE(set());
  EXPECT_TRUE(undo(picture));
  EXPECT_FALSE(set());
  EXPECT_EQ(read_whole_file(picture), bytes);
}

TEST_P(EmbeddedIptc, UndoKeepsACharacterSetOfTheUser) {
  const std::string picture = make(GetParam());
  const auto set = [&] { return exiftool(picture).value("IPTC:CodedCharacterSet", std::string()); };
  const std::vector<KeywordField> iptc = {KeywordField::kIptc};
  exiftool_writes(picture, {"-IPTC:CodedCharacterSet=UTF8", "-IPTC:Keywords=mine"});
  const std::string utf8 = set();
  ASSERT_NE(utf8, "");
  EXPECT_TRUE(embed(picture, {{kKaese}}, iptc));
  EXPECT_TRUE(undo(picture));
  EXPECT_EQ(set(), utf8);
  exiftool_writes(picture, {"-IPTC:CodedCharacterSet="});
  EXPECT_TRUE(embed(picture, {{kKaese}}, iptc));
  exiftool_writes(picture, {"-IPTC:Headline=\xC3\x9C"
                            "ber"});
  EXPECT_TRUE(undo(picture));
  EXPECT_EQ(set(), utf8);
  EXPECT_EQ(exiftool(picture)["IPTC:Headline"],
            "\xC3\x9C"
            "ber");
}

INSTANTIATE_TEST_SUITE_P(Formats, EmbeddedIptc, testing::Values("jpg", "tif"));

TEST_F(EmbeddedIptc, CountsBytesInTheCharacterSetOfTheFile) {
  const std::string picture = make("jpg");
  exiftool_writes(picture, {"-charset", "iptc=latin1", "-IPTC:Headline=caf\xC3\xA9"});
  std::string longest, umlaut = "\xC3\xA4";
  for (int i = 0; i < 64; ++i) longest += umlaut;
  const EmbedResult result = embed_keywords(
      picture, {.tags = {{longest}, {longest + umlaut}}, .fields = {KeywordField::kIptc}, .model = "first"}, false);
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("it has 65 bytes")));
  const auto read = run_program({"/usr/bin/exiftool", "-charset", "iptc=latin1", "-s3", "-IPTC:Keywords", picture});
  EXPECT_EQ(read.out, longest + "\n");
}

TEST_F(EmbeddedIptc, KeepsAnotherCharacterSet) {
  const std::string picture = make("jpg");
  exiftool_writes(picture, {"-IPTC:CodedCharacterSet#=\x1B.A", "-IPTC:Keywords=mine"});
  const std::string set = exiftool(picture)["IPTC:CodedCharacterSet"];
  const EmbedResult result =
      embed_keywords(picture, {.tags = {{kKaese}, {"dog"}}, .fields = {KeywordField::kIptc}, .model = "first"}, false);
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("declares a character set other than UTF-8")));
  EXPECT_EQ(exiftool(picture)["IPTC:CodedCharacterSet"], set);
  EXPECT_THAT(list(exiftool(picture), "IPTC:Keywords"), ElementsAre("mine", "dog"));
}

}  // namespace
}  // namespace tagloom
