#include "tools/inspect/sample_sheet.h"

#include <algorithm>

#include "engine/data/image.h"
#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"
#include "tools/output/contact_sheet.h"

namespace tagloom {

std::vector<std::string> write_sample_sheet(Inspection& inspection, const std::string& file) {
  constexpr size_t kCells = 24;
  const bool png = file.ends_with(".png");
  TL_CHECK(png || file.ends_with(".jpg") || file.ends_with(".jpeg"), "{}: --sheet writes .jpg or .png", file);
  std::vector<SheetCell> cells;
  std::vector<std::string> left_out;
  const size_t rows = inspection.rows.size(), wanted = std::min(kCells, rows);
  for (size_t i = 0; i < wanted; ++i) {
    const PictureRow& row = inspection.rows[i * rows / wanted];
    SheetCell cell;
    try {
      const PictureContent content = row.content();
      cell.image = decode_image(content.bytes, content.name, 128);
    } catch (const Error& error) {
      const auto manifest = static_cast<size_t>(row.manifest - inspection.manifests.data());
      if (inspection.facts[manifest].failed_lines.insert(row.entry().line).second)
        left_out.push_back(row.place() + ": " + error.what());
      continue;
    }
    for (const int32_t tag : row.entry().tags)
      cell.caption.append(cell.caption.empty() ? "" : ", ").append(row.manifest->tag_names[static_cast<size_t>(tag)]);
    cells.push_back(std::move(cell));
  }
  TL_CHECK_AS(ErrorKind::kData, !cells.empty(), "{}: --sheet found no picture that can be read",
              inspection.manifests[0].file.string());
  const Image sheet = contact_sheet(cells);
  const std::vector<uint8_t> bytes = png ? encode_png(sheet) : encode_jpeg(sheet, 80);
  write_file_atomically(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return left_out;
}

}  // namespace tagloom
