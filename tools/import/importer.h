#pragma once
// Readers of other programs' datasets. Each is one function that reads a source and hands its pictures, one after another, to a sink.
// Paths are those by which this process can open the pictures. Importers check the text they read, but not whether pictures exist.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tagloom {

struct ImportRequest {
  std::filesystem::path source;    // the file or folder that the format is about
  std::filesystem::path pictures;  // the folder of the pictures; empty: where the format expects them
  std::string split;               // "train", "val": of formats that keep several in one folder; empty: all
};

struct ImportedPicture {
  std::filesystem::path path;
  std::vector<std::string> tags;  // in the source's order; repeats are allowed
};

// Something that an importer read and did not pass on, in the words of a user: {3, "annotations of crowds"}.
struct ImportLoss {
  int64_t count = 0;
  std::string what;
};

struct ImportReport {
  std::string order;  // what the order of a picture's tags means: "order of mention"; empty: nothing
  std::vector<ImportLoss> left_out;
};

using ImportSink = std::function<void(ImportedPicture)>;

// Throws Error(kData), "instances.json:3: ..." or "instances.json: ...", for the first thing that is not as the format requires.
using ReadDataset = ImportReport (*)(const ImportRequest& request, const ImportSink& sink);

struct DatasetFormat {
  const char *name, *about;  // "coco", and its line of help
  ReadDataset read;
};

}  // namespace tagloom
