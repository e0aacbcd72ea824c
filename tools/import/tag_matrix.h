#pragma once
// Reads a list of pictures with a matrix of zeros and ones that says which tags they have: a row per picture, a column per tag.
//
//   .hvecs   rows of little-endian 16-bit integers: the number of columns, then their values
//   others   text: a line per row, with spaces, tabs or commas between the values; 0.0 and 1.00e+00 are numbers, too
#include "tools/import/importer.h"

namespace tagloom {

struct ListedMatrix {
  std::filesystem::path list;  // a picture per line, in the order of the rows
  std::filesystem::path matrix;
  std::filesystem::path dictionary;  // a tag per line, in the order of the columns
};

// Hands the pictures, which are in the folder `pictures`, to the sink, and returns the dictionary. Throws Error(kData), "annot.txt:3: ..."
// or "annot.hvecs: row 3 ...", also if the sizes of the files do not fit.
std::vector<std::string> read_listed_matrix(const ListedMatrix& files, const std::filesystem::path& pictures,
                                            const ImportSink& sink);

}  // namespace tagloom
