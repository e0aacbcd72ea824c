#pragma once
// Runs one reader of datasets, and keeps what it passes on.
#include <ostream>
#include <string>
#include <vector>

#include "tools/import/importer.h"

namespace tagloom::test {

struct Imported {
  std::vector<std::string> rows;  // "a.jpg: sky,sea", with paths relative to `folder`
  ImportReport report;
  // "3 annotations of crowds", without counts of 0.
  std::vector<std::string> left_out() const {
    std::vector<std::string> lines;
    for (const ImportLoss& loss : report.left_out) {
      if (loss.count != 0) lines.push_back(std::to_string(loss.count) + " " + loss.what);
    }
    return lines;
  }
};

inline Imported import_all(const DatasetFormat& format, const ImportRequest& request, const std::string& folder) {
  Imported found;
  found.report = format.read(request, [&](const ImportedPicture& picture) {
    std::string row = picture.path.lexically_relative(folder).string() + ":";
    for (size_t i = 0; i < picture.tags.size(); ++i) row += (i == 0 ? " " : ",") + picture.tags[i];
    found.rows.push_back(row);
  });
  return found;
}

}  // namespace tagloom::test
