#pragma once
// Writers of other programs' datasets. Each writes the pictures and tags of a manifest; tagdata import reads them back equal.
#include <string>

#include "engine/data/manifest.h"
#include "engine/run/progress.h"

namespace tagloom {

struct ExportRequest {
  const Manifest& manifest;
  std::string output;                   // a file or a folder
  std::vector<std::string> words = {};  // the list of tags to write, in this order; empty: the manifest's
  bool replace = false;                 // files that exist
  int64_t threads = 0;                  // that read pictures; 0: one per core
};

struct ExportSummary {
  std::string written;  // the file or folder
  int64_t files = 1;
};

// All throw Error(kUsage) for a file that exists, without `replace`, and for what the format cannot represent, Error(kData) for a picture
// that cannot be read, and Interrupted. They then write nothing, except that a full disk or a signal may leave some of export_txt()'s files.

// Instances of COCO, in a .json: the whole picture is the box of each of its tags. Paths are relative to the file's folder.
ExportSummary export_coco(const ExportRequest& request, Progress& progress);

// metadata.jsonl or metadata.csv, in whose folder the pictures must be, with the columns file_name and tags. `output` is the file or its
// folder.
ExportSummary export_huggingface(const ExportRequest& request, Progress& progress);

// A text file for each picture, with commas between the tags, in the folder `output`: IMG.txt, or IMG.jpg.txt if several pictures are called
// IMG. The subfolders are those of the pictures.
ExportSummary export_txt(const ExportRequest& request, Progress& progress);

}  // namespace tagloom
