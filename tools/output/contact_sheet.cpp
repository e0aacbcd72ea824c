// Draws the sheet: pictures fitted into squares, captions in a built-in bitmap font.
#include "tools/output/contact_sheet.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "engine/data/resize.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr int kGap = 8, kCharWidth = 6, kLineHeight = 10, kCaptionLines = 2, kRows = 8;

// Eight rows of five pixels, the highest bit at the left; the last row is for descenders.
struct Glyph {
  char letter;
  uint8_t rows[kRows];
};
constexpr Glyph kGlyphs[] = {
    {'a', {0, 0, 14, 1, 15, 17, 15, 0}},   {'b', {16, 16, 30, 17, 17, 17, 30, 0}}, {'c', {0, 0, 14, 17, 16, 17, 14, 0}},
    {'d', {1, 1, 15, 17, 17, 17, 15, 0}},  {'e', {0, 0, 14, 17, 31, 16, 14, 0}},   {'f', {6, 8, 30, 8, 8, 8, 8, 0}},
    {'g', {0, 0, 15, 17, 17, 15, 1, 14}},  {'h', {16, 16, 30, 17, 17, 17, 17, 0}}, {'i', {4, 0, 12, 4, 4, 4, 14, 0}},
    {'j', {2, 0, 6, 2, 2, 2, 18, 12}},     {'k', {16, 16, 18, 20, 24, 20, 18, 0}}, {'l', {12, 4, 4, 4, 4, 4, 14, 0}},
    {'m', {0, 0, 26, 21, 21, 21, 21, 0}},  {'n', {0, 0, 30, 17, 17, 17, 17, 0}},   {'o', {0, 0, 14, 17, 17, 17, 14, 0}},
    {'p', {0, 0, 30, 17, 17, 30, 16, 16}}, {'q', {0, 0, 15, 17, 17, 15, 1, 1}},    {'r', {0, 0, 22, 25, 16, 16, 16, 0}},
    {'s', {0, 0, 15, 16, 14, 1, 30, 0}},   {'t', {8, 8, 30, 8, 8, 9, 6, 0}},       {'u', {0, 0, 17, 17, 17, 19, 13, 0}},
    {'v', {0, 0, 17, 17, 17, 10, 4, 0}},   {'w', {0, 0, 17, 21, 21, 21, 10, 0}},   {'x', {0, 0, 17, 10, 4, 10, 17, 0}},
    {'y', {0, 0, 17, 17, 17, 15, 1, 14}},  {'z', {0, 0, 31, 2, 4, 8, 31, 0}},      {'0', {14, 17, 19, 21, 25, 17, 14, 0}},
    {'1', {4, 12, 4, 4, 4, 4, 14, 0}},     {'2', {14, 17, 1, 2, 4, 8, 31, 0}},     {'3', {31, 2, 4, 2, 1, 17, 14, 0}},
    {'4', {2, 6, 10, 18, 31, 2, 2, 0}},    {'5', {31, 16, 30, 1, 1, 17, 14, 0}},   {'6', {6, 8, 16, 30, 17, 17, 14, 0}},
    {'7', {31, 1, 2, 4, 8, 8, 8, 0}},      {'8', {14, 17, 17, 14, 17, 17, 14, 0}}, {'9', {14, 17, 17, 15, 1, 2, 12, 0}},
    {'-', {0, 0, 0, 0, 14, 0, 0, 0}},      {'_', {0, 0, 0, 0, 0, 0, 0, 31}},       {',', {0, 0, 0, 0, 0, 12, 4, 8}},
    {'.', {0, 0, 0, 0, 0, 12, 12, 0}},     {'\'', {12, 4, 8, 0, 0, 0, 0, 0}},      {' ', {0, 0, 0, 0, 0, 0, 0, 0}},
};
constexpr uint8_t kBox[kRows] = {31, 17, 17, 17, 17, 17, 31, 0};

const uint8_t* glyph_of(char letter) {
  const char small = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  for (const Glyph& glyph : kGlyphs) {
    if (glyph.letter == small) return glyph.rows;
  }
  return kBox;
}

void draw_line(Image& sheet, int left, int top, const std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t* rows = glyph_of(text[i]);
    for (int y = 0; y < kRows; ++y) {
      for (int x = 0; x < 5; ++x) {
        if ((rows[y] >> (4 - x) & 1) == 0) continue;
        const int column = left + static_cast<int>(i) * kCharWidth + x;
        for (int c = 0; c < 3; ++c) sheet.rgb[(static_cast<size_t>(top + y) * sheet.width + column) * 3 + c] = 40;
      }
    }
  }
}

// Breaks lines at spaces if possible; ".." marks text that does not fit.
std::vector<std::string> broken_into_lines(std::string text, size_t width) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < kCaptionLines) {
    size_t end = text.size();
    if (end > width) {
      end = text.rfind(' ', width);
      if (end == std::string::npos || end == 0) end = width;
    }
    lines.push_back(text.substr(0, end));
    text.erase(0, std::min(text.size(), text.find_first_not_of(' ', end)));
  }
  if (!text.empty()) lines.back() = lines.back().substr(0, width - 2) + "..";
  return lines;
}

}  // namespace

Image contact_sheet(const std::vector<SheetCell>& cells, const SheetLayout& layout) {
  TL_CHECK(!cells.empty(), "[contact_sheet] needs at least one picture");
  TL_CHECK(layout.columns > 0 && layout.square >= 32,
           "[contact_sheet] needs at least one column and squares of at least 32 pixels, got {} and {}", layout.columns,
           layout.square);
  const int count = static_cast<int>(cells.size()), columns = std::min(layout.columns, count),
            rows = (count + columns - 1) / columns;
  const int wide = layout.square + kGap, high = layout.square + kGap + kCaptionLines * kLineHeight + 4;
  Image sheet{columns * wide + kGap, rows * high + kGap, {}};
  sheet.rgb.assign(static_cast<size_t>(sheet.width) * sheet.height * 3, 255);
  for (int i = 0; i < count; ++i) {
    const int left = kGap + i % columns * wide, top = kGap + i / columns * high;
    const Image& image = cells[i].image;
    const float scale = static_cast<float>(layout.square) / static_cast<float>(std::max(image.width, image.height));
    const auto fitted = [&](int side) { return std::max(1, static_cast<int>(std::lround(static_cast<float>(side) * scale))); };
    const Image small = resize_image(image, fitted(image.width), fitted(image.height));
    const int x = left + (layout.square - small.width) / 2, y = top + (layout.square - small.height) / 2;
    for (int row = 0; row < small.height; ++row) {
      std::copy_n(&small.rgb[static_cast<size_t>(row) * small.width * 3], small.width * 3,
                  &sheet.rgb[(static_cast<size_t>(y + row) * sheet.width + x) * 3]);
    }
    int line_top = top + layout.square + 4;
    for (const std::string& line : broken_into_lines(cells[i].caption, static_cast<size_t>(layout.square / kCharWidth))) {
      draw_line(sheet, left, line_top, line);
      line_top += kLineHeight;
    }
  }
  return sheet;
}

}  // namespace tagloom
