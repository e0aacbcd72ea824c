// Escaping for HTML and XML.
#include "engine/report/escape_markup.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(EscapeMarkup, EscapesMarkupAndQuotes) {
  EXPECT_EQ(escape_markup(""), "");
  EXPECT_EQ(escape_markup("blue sky, Zürich"), "blue sky, Zürich");
  EXPECT_EQ(escape_markup("<a href=\"x\">R&B 'n' soul</a>"), "&lt;a href=&quot;x&quot;&gt;R&amp;B &#39;n&#39; soul&lt;/a&gt;");
  EXPECT_EQ(escape_markup("&amp;"), "&amp;amp;");
}

TEST(EscapeMarkup, ReplacesWhatXmlDoesNotAllow) {
  EXPECT_EQ(escape_markup("a\x01\tb\nc\r"), "a\uFFFD\tb\nc\r");
  EXPECT_EQ(escape_markup("a\xFF\xC3<\uFFFE海\uFFFF\xE6\xB5"), "a\uFFFD\uFFFD&lt;\uFFFD海\uFFFD\uFFFD\uFFFD");
}

TEST(EscapeMarkup, KeepsQuotesBetweenTags) {
  EXPECT_EQ(escape_markup("<b>\"R&B\" 'n' soul", MarkupPlace::kBetweenTags), "&lt;b&gt;\"R&amp;B\" 'n' soul");
}

}  // namespace
}  // namespace tagloom
