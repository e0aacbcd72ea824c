#pragma once
// A dataset in a temporary folder, and its import into a manifest that is read back.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/data/manifest.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tools/import/formats.h"
#include "tools/import/import_dataset.h"

namespace tagloom::test {

// A picture's path, and its tags joined by bars.
using ImportedRow = std::pair<std::string, std::string>;
using ImportedRows = std::vector<ImportedRow>;

class ImportFixture : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& text = "") {
    std::filesystem::create_directories(std::filesystem::path(folder / name).parent_path());
    write_whole_file(folder / name, text);
  }

  // Imports into out.tsv and words.txt of the folder. An empty request.source is the whole folder.
  ImportSummary run(const std::string& format, ImportRequest request, ImportTargets targets = {}) {
    request.source = request.source.is_absolute() ? request.source : std::filesystem::path(folder.path()) / request.source;
    if (targets.manifest.empty()) targets.manifest = folder / "out.tsv";
    targets.words = folder / "words.txt";
    targets.replace = true;
    return import_dataset(choose_format(format, request.source), request, targets);
  }

  ImportedRows rows(const std::string& name = "out.tsv") {
    const Manifest manifest = read_manifest(folder / name);
    ImportedRows result;
    for (const ManifestRow row : manifest.rows) {
      std::string tags;
      for (const int32_t tag : row.tags)
        tags.append(tags.empty() ? "" : "|").append(manifest.tag_names[static_cast<size_t>(tag)]);
      result.emplace_back(row.path, tags);
    }
    return result;
  }

  std::string words() { return read_whole_file(folder / "words.txt"); }

  TemporaryFolder folder;
};

}  // namespace tagloom::test
