#pragma once
// Many pictures on one, with their tags underneath: to see at a glance what a dataset holds.
#include <string>
#include <vector>

#include "engine/data/image.h"

namespace tagloom {

struct SheetCell {
  Image image;          // any size; fitted into its square
  std::string caption;  // letters, digits and - _ , . ' are drawn; anything else is a box
};

struct SheetLayout {
  int columns = 6;
  int square = 128;  // pixels, of the largest picture side
};

// Cells from left to right, then down, on white. Throws Error(kUsage) for no cells, or a layout that is not positive.
Image contact_sheet(const std::vector<SheetCell>& cells, const SheetLayout& layout = {});

}  // namespace tagloom
