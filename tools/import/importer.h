#pragma once
// Readers of other programs' datasets. Each is one function that reads a source and hands its pictures, one after another, to a sink.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tagloom {

// A format reads only the members whose flags are in its `options`; the command rejects the others.
struct ImportRequest {
  std::filesystem::path source;    // the file or folder to read
  std::filesystem::path pictures;  // --pictures: their folder; empty: where the format expects them
  std::string split = {};          // --split: "train", "val", of formats that keep several in one folder; empty: see the format
  std::string column = {};         // --column: the key or column with the tags; empty: see the format
  bool difficult = true;           // --difficult: keep objects that are marked as difficult
  bool crowd = true;               // --crowd: keep annotations of crowds
  double confidence = 0.5;         // --confidence: the least confidence of a tag
  bool largest_first = false;      // --order area: sort a picture's tags by the area that their objects cover
  std::string txt_style = "auto";  // --txt-style: what separates the tags of a text file: comma, booru or auto
  bool keep_underscores = false;   // --keep-underscores: blue_sky stays as it is; otherwise it becomes blue sky
  bool keep_meta = false;          // --keep-meta: rating:safe is a tag; otherwise it is left out
  bool hierarchy = false;          // --hierarchy: Animals|Dog is one tag; otherwise its last level is
};

struct ImportedPicture {
  std::filesystem::path path;          // by which this process can open it; importers need not check that it exists
  std::vector<std::string> tags = {};  // in the source's order; import_dataset() strips spaces, drops repeats and checks the text
  std::string place = {};              // of the tags, for messages: "metadata.jsonl:3"; empty: the source and the picture's name
};

// What an importer left out, for the summary: {3, "annotation of a crowd", "annotations of crowds"}.
struct ImportLoss {
  int64_t count = 0;
  std::string one, many;
};

struct ImportReport {
  std::string order = {};  // of a picture's tags: "by area, largest first"; empty if it has no meaning
  // The dataset's own list of tags, in its order, with those that no picture has; may be empty.
  std::vector<std::string> words = {};
  std::vector<ImportLoss> left_out = {};          // entries with a count of 0 are not reported
  std::vector<std::filesystem::path> lists = {};  // files of the source that --force must not replace
};

using ImportSink = std::function<void(ImportedPicture)>;

// Throws Error(kData), "instances.json:3: ..." or "instances.json: ...", for the first thing that is not as the format requires, and
// passes on what the sink throws. Sources may be larger than memory, so it streams what it can.
using ReadDataset = ImportReport (*)(const ImportRequest& request, const ImportSink& sink);

struct DatasetFormat {
  const char *name, *about;  // "coco", and its line of help
  const char* options;       // the flags it reads, besides --pictures: "split crowd order"
  // Whether the source looks like this format; reads only a little. A source that cannot be read does not.
  bool (*fits)(const std::filesystem::path& source);
  ReadDataset read;
};

}  // namespace tagloom
