// Edits packets with rare characters and encodings, and compares what Exiv2 reads before and after.
#include "tools/library/xmp/packet_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/library/xmp/exiv2_packet.h"

namespace tagloom {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string packet(const std::string& properties) {
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
         "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
         "xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\">" +
         properties + "</rdf:Description></rdf:RDF></x:xmpmeta>";
}

std::string with_tag(const std::string& before, const std::string& tag) {
  return edit_packet(before, {.tags = {{tag}}, .model = "first"}, "a.xmp").packet;
}

std::vector<std::string> keywords(const std::string& text) { return meaning_of(text, "a.xmp").keywords[KeywordField::kDc]; }

TEST(PacketEdit, KeepsCarriageReturns) {
  const std::string city = "a&#xD;&#xA;b", before = packet("<photoshop:City>" + city + "</photoshop:City>");
  const std::string after = with_tag(before, "dog");
  EXPECT_EQ(meaning_of(after, "a.xmp").others, meaning_of(before, "a.xmp").others);
  EXPECT_THAT(meaning_of(after, "a.xmp").others.at("Xmp.photoshop.City"), HasSubstr("4:a\r\nb"));
  EXPECT_THAT(edit_packet(after, {.undo = true}, "a.xmp").packet, HasSubstr("a&#13;\nb"));
}

TEST(PacketEdit, KeepsCarriageReturnsInUtf16) {
  const std::string before = packet("<photoshop:City>a&#xD;b</photoshop:City>");
  std::string wide = "\xFF\xFE", reference;
  for (const char c : before) wide += {c, '\0'};
  for (const char c : std::string("&#13;")) reference += {c, '\0'};
  EXPECT_THAT(with_tag(wide, "dog"), HasSubstr(reference));
}

TEST(PacketEdit, KeepsSpecialCharactersOfTextsAndAttributes) {
  const std::string before = packet("<photoshop:City>&lt;a&gt; &amp; \"b\" ]]&gt;\t\xE6\x97\xA5</photoshop:City>");
  const std::string also =
      "<rdf:Description rdf:about=\"\" photoshop:State=\"&lt;a&gt; &amp; &quot;b&quot;&#x9;&#xA;\xF0\x9F\x8C\x8A\"";
  const std::string both = std::string(before).replace(before.find("<rdf:Description rdf:about=\"\""), 29, also);
  EXPECT_EQ(meaning_of(with_tag(both, "r<&>b"), "a.xmp").others, meaning_of(both, "a.xmp").others);
  EXPECT_EQ(meaning_of(both, "a.xmp").others.size(), 2u);
  EXPECT_THAT(keywords(with_tag(both, "r<&>b")), ElementsAre("r<&>b"));
}

TEST(PacketEdit, WritesReferencesWhereTheEncodingLacksACharacter) {
  const std::string ascii = with_tag("<?xml version=\"1.0\" encoding=\"US-ASCII\"?>" + packet(""),
                                     "K\xC3\xA4"
                                     "fer");
  EXPECT_THAT(ascii, HasSubstr("K&#228;fer"));
  EXPECT_THAT(keywords(ascii), ElementsAre("K\xC3\xA4"
                                           "fer"));
  const std::string latin1 =
      with_tag("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + packet(""), "\xC3\xA4\xE6\x97\xA5\xF0\x9F\x8C\x8A");
  EXPECT_THAT(latin1, HasSubstr("\xE4&#26085;&#127754;"));
  EXPECT_THAT(keywords(XmpDocument(latin1, "").utf8()), ElementsAre("\xC3\xA4\xE6\x97\xA5\xF0\x9F\x8C\x8A"));
}

TEST(PacketEdit, RemovesPaddedKeywords) {
  const std::string before =
      packet("<dc:subject><rdf:Bag><rdf:li>ant</rdf:li><rdf:li> dog </rdf:li><rdf:li>zebra</rdf:li></rdf:Bag></dc:subject>");
  const std::string after = edit_packet(before, {.by_user = true, .unwanted = {{"dog"}}}, "a.xmp").packet;
  EXPECT_THAT(keywords(after), UnorderedElementsAre("ant", "zebra"));
}

}  // namespace
}  // namespace tagloom
