#pragma once
// Reads every picture of some manifests once: whether it can be decoded, its size, and hashes for finding copies.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/packs/pack.h"
#include "engine/run/progress.h"
#include "tools/inspect/duplicate_pictures.h"

namespace tagloom {

struct ScannedPicture {
  int width = 0, height = 0;
  bool missing = false;
  std::string problem;           // why it cannot be read
  std::string_view named, kind;  // the kind of its extension and of its contents, if they differ
  PicturePrint print;

  bool failed() const { return missing || !problem.empty(); }
};

// A row of one of several manifests.
struct PictureRow {
  const Manifest* manifest = nullptr;
  int64_t row = 0;

  ManifestRow entry() const { return manifest->rows[static_cast<size_t>(row)]; }
  std::filesystem::path file() const { return manifest->file.parent_path() / entry().path; }
  PictureContent content() const { return content_of(*manifest, static_cast<size_t>(row)); }
  std::string place() const;  // "train.tsv:12"
};

std::vector<PictureRow> rows_of(const std::vector<Manifest>& manifests);

// Throws Interrupted if a signal arrives.
std::vector<ScannedPicture> scan_pictures(const std::vector<PictureRow>& rows, int64_t threads, Progress& progress);

// The groups of copies among scanned pictures, with near copies. Throws Interrupted if a signal arrives.
std::vector<std::vector<PictureCopy>> find_copies(const std::vector<PictureRow>& rows,
                                                  const std::vector<ScannedPicture>& pictures, int64_t threads,
                                                  Progress& progress);

}  // namespace tagloom
