#pragma once
// Draws a contact sheet: many pictures of a dataset in one, with their tags underneath.
#include <string>
#include <vector>

#include "engine/data/image.h"

namespace tagloom {

struct SheetCell {
  Image image;          // any size; fitted into its square
  std::string caption;  // letters, digits and - _ , . '; other characters become a box
};

struct SheetLayout {
  int columns = 6;
  int square = 128;  // pixels: the longer side of each picture
};

// Cells from left to right, then down, on white. Throws Error(kUsage) if there are no cells or the layout is too small.
Image contact_sheet(const std::vector<SheetCell>& cells, const SheetLayout& layout = {});

}  // namespace tagloom
