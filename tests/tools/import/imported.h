#pragma once
// Runs one reader of datasets on files of a temporary folder, and keeps what it passes on.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/counted.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"
#include "tools/import/importer.h"

namespace tagloom::test {

struct Imported {
  std::vector<std::string> rows;  // "a.jpg: sky,sea", with paths relative to `folder`
  ImportReport report;
  // "3 annotations of crowds", without counts of 0.
  std::vector<std::string> left_out() const {
    std::vector<std::string> lines;
    for (const ImportLoss& loss : report.left_out) {
      if (loss.count != 0) lines.push_back(counted(loss.count, loss.one.c_str(), loss.many.c_str()));
    }
    return lines;
  }
};

class ImporterTest : public testing::Test {
 protected:
  explicit ImporterTest(const DatasetFormat& format) : format_(format) {}

  void write(const std::string& name, const std::string& text = "") {
    std::filesystem::create_directories(std::filesystem::path(folder_ / name).parent_path());
    write_whole_file(folder_ / name, text);
  }
  // The source is the folder if the request names none.
  Imported imported(ImportRequest request = {}) {
    if (request.source.empty()) request.source = folder_.path();
    Imported found;
    found.report = format_.read(request, [&](const ImportedPicture& picture) {
      std::string row = picture.path.lexically_relative(folder_.path()).string() + ":";
      for (size_t i = 0; i < picture.tags.size(); ++i) row += (i == 0 ? " " : ",") + picture.tags[i];
      found.rows.push_back(row);
    });
    return found;
  }
  // The message without the folder at its start.
  std::string error(const ImportRequest& request = {}) {
    const std::string message = data_error([&] { imported(request); }), folder = folder_.path() + "/";
    return message.starts_with(folder) ? message.substr(folder.size()) : message;
  }

  const DatasetFormat& format_;
  TemporaryFolder folder_;
};

}  // namespace tagloom::test
