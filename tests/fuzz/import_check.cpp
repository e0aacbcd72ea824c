#include "tests/fuzz/import_check.h"

#include <algorithm>
#include <filesystem>

#include "engine/data/manifest.h"
#include "tests/support/temporary_folder.h"
#include "tools/import/import_dataset.h"
#include "tools/library/problem_of.h"

namespace tagloom::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr char kBetweenPieces = '\x1E';

}  // namespace

const std::string& folder_with(const std::vector<SourceFile>& files) {
  static const test::TemporaryFolder folder;
  for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove_all(entry.path());
  for (const SourceFile& file : files) {
    const fs::path path = folder / file.name;
    fs::create_directories(path.parent_path());
    test::write_whole_file(path.string(), file.contents);
  }
  return folder.path();
}

std::vector<std::string> pieces_of(Input input, size_t count) {
  std::vector<std::string> pieces;
  std::string_view rest = text_of(input);
  while (pieces.size() < count) {
    const size_t end = pieces.size() + 1 == count ? rest.size() : std::min(rest.find(kBetweenPieces), rest.size());
    pieces.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return pieces;
}

void import_and_check(const DatasetFormat& format, const ImportRequest& request) {
  static const test::TemporaryFolder folder;
  const std::string file = folder / "train.jsonl";
  problem_of([&] { format.fits(request.source); });
  const ImportTargets targets{.manifest = file, .words = "", .replace = true, .missing = MissingPictures::kKeep};
  ImportSummary summary;
  try {
    summary = import_dataset(format, request, targets);
  } catch (const Error&) {
    require(folder.file_count() == 0, "a failed import leaves a file");
    throw;
  }
  const Manifest manifest = accepted([&] { return read_manifest(file); });
  fs::remove(file);
  int64_t tags = 0, untagged = 0;
  for (const ManifestRow row : manifest.rows) {
    tags += static_cast<int64_t>(row.tags.size());
    untagged += row.tags.empty();
  }
  require(static_cast<int64_t>(manifest.rows.size()) == summary.pictures, "the manifest has other pictures");
  require(tags == summary.tags_in_all && untagged == summary.untagged, "the manifest has other tags");
  require(static_cast<int64_t>(manifest.tag_names.size()) == summary.different_tags, "the manifest has another number of tags");
}

}  // namespace tagloom::fuzz
