// Layout and captions of contact sheets.
#include "tools/output/contact_sheet.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

Image plain(int width, int height, uint8_t value) {
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3, value)};
}

int value_at(const Image& sheet, int x, int y) { return sheet.rgb[(static_cast<size_t>(y) * sheet.width + x) * 3]; }

TEST(ContactSheet, FitsPicturesIntoSquaresInRows) {
  const std::vector<SheetCell> cells{{plain(64, 32, 10), ""}, {plain(8, 8, 20), ""}, {plain(32, 64, 30), ""}};
  const Image sheet = contact_sheet(cells, {2, 32});
  EXPECT_EQ(sheet.width, 8 + 2 * (32 + 8));
  EXPECT_EQ(sheet.height, 8 + 2 * (32 + 8 + 24));
  EXPECT_EQ(value_at(sheet, 8 + 16, 8 + 16), 10);
  EXPECT_EQ(value_at(sheet, 8 + 16, 8 + 4), 255);   // the wide picture leaves white above
  EXPECT_EQ(value_at(sheet, 48 + 1, 8 + 1), 20);    // a small picture is enlarged
  EXPECT_EQ(value_at(sheet, 8 + 16, 72 + 16), 30);  // the third starts a new row
  EXPECT_EQ(value_at(sheet, 8 + 4, 72 + 16), 255);
  EXPECT_EQ(value_at(sheet, 48 + 16, 72 + 16), 255);  // no fourth
}

TEST(ContactSheet, WrapsCaptionsAndCutsThemAfterTwoLines) {
  const auto ink_rows = [](const std::string& caption) {
    const Image sheet = contact_sheet({{plain(32, 32, 255), caption}}, {1, 60});
    std::vector<int> rows;
    for (int y = 0; y < sheet.height; ++y) {
      int ink = 0;
      for (int x = 0; x < sheet.width; ++x) ink += value_at(sheet, x, y) < 255;
      if (ink > 0) rows.push_back(y);
    }
    return rows;
  };
  EXPECT_TRUE(ink_rows("").empty());
  EXPECT_LT(ink_rows("sea").back(), 8 + 60 + 4 + 10);
  EXPECT_GE(ink_rows("boat, mountain").back(), 8 + 60 + 4 + 10);                         // ten letters per line
  EXPECT_EQ(ink_rows("a, lighthouse, mountain, umbrella").back(), 8 + 60 + 4 + 10 + 7);  // never a third line
  EXPECT_EQ(ink_rows("hippopotamuses").front(), ink_rows("h").front());
  EXPECT_FALSE(ink_rows("\xc3\xa9").empty());
}

TEST(ContactSheet, RejectsNoPictures) { EXPECT_ERROR(kUsage, "at least one picture", contact_sheet({})); }

}  // namespace
}  // namespace tagloom
