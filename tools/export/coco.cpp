// Instances of COCO.
#include <nlohmann/json.hpp>

#include "engine/data/image.h"
#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/export/exporter.h"
#include "tools/export/relative_paths.h"
#include "tools/output/target_file.h"
#include "tools/setup/parallel_rows.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct PictureSize {
  int width = 0, height = 0;
};

// Pictures are decoded, so that the sizes are those after the orientation that the file asks for.
std::vector<PictureSize> sizes_of(const ExportRequest& request, Progress& progress) {
  std::vector<PictureSize> sizes(request.manifest.rows.size());
  ProgressTask task;
  task.name = "read pictures";
  task.pictures = static_cast<int64_t>(sizes.size());
  progress.start(task);
  for_each_row(task.pictures, request.threads, progress, [&](int64_t i) {
    const auto row = static_cast<size_t>(i);
    const Image image = decode_image(request.manifest.file.parent_path() / request.manifest.rows[row].path);
    sizes[row] = {image.width, image.height};
  });
  progress.stop();
  return sizes;
}

// Writes an array of one record per line.
class RecordArray {
 public:
  RecordArray(AtomicFile& file, const std::string& name) : file_(file) { file_.write(",\n\"" + name + "\": ["); }
  void add(const Json& record) {
    file_.write((empty_ ? "\n" : ",\n") + record.dump());
    empty_ = false;
  }
  void end() { file_.write("\n]"); }

 private:
  AtomicFile& file_;
  bool empty_ = true;
};

// The category of each tag of the manifest.
std::vector<int64_t> category_ids(const ExportRequest& request, const std::vector<std::string>& words) {
  std::map<std::string_view, int64_t> ids;
  for (const std::string& word : words) ids.emplace(word, static_cast<int64_t>(ids.size()) + 1);
  std::vector<int64_t> result;
  for (const std::string& name : request.manifest.tag_names) {
    const auto found = ids.find(name);
    TL_CHECK_AS(ErrorKind::kData, found != ids.end(), "{}: the tag \"{}\" is not in --words", request.manifest.file.string(),
                name);
    result.push_back(found->second);
  }
  return result;
}

}  // namespace

ExportSummary export_coco(const ExportRequest& request, Progress& progress) {
  const Manifest& manifest = request.manifest;
  TL_CHECK(fs::path(request.output).extension() == ".json", "{}: COCO's instances are a JSON file: name the output FILE.json",
           request.output);
  require_new(request.output, request.replace);
  require_target(request.output, {manifest.file});
  const std::vector<std::string>& words = request.words.empty() ? manifest.tag_names : request.words;
  const std::vector<int64_t> categories = category_ids(request, words);
  RelativePaths paths(fs::path(request.output).parent_path());
  sweep_folder_of(request.output);
  AtomicFile file(request.output);  // fails before the pictures are read, which may take minutes
  const std::vector<PictureSize> sizes = sizes_of(request, progress);
  file.write("{\"info\": " +
             Json{{"description", manifest.file.filename().string()}}.dump(-1, ' ', false, Json::error_handler_t::replace));
  RecordArray images(file, "images");
  for (size_t i = 0; i < sizes.size(); ++i) {
    const std::string path = paths.of(manifest.file.parent_path() / manifest.rows[i].path);
    TL_CHECK(find_invalid_utf8(path) == path.npos, "{}: the path {} is not UTF-8, which JSON requires: rename the file",
             request.output, path);
    images.add({{"id", i + 1}, {"file_name", path}, {"width", sizes[i].width}, {"height", sizes[i].height}});
  }
  images.end();
  RecordArray annotations(file, "annotations");
  int64_t id = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int64_t width = sizes[i].width, height = sizes[i].height;
    for (const int32_t tag : manifest.rows[i].tags) {
      annotations.add({{"id", ++id},
                       {"image_id", i + 1},
                       {"category_id", categories[static_cast<size_t>(tag)]},
                       {"bbox", Json::array({0, 0, width, height})},
                       {"area", width * height},
                       {"segmentation", Json::array()},
                       {"iscrowd", 0}});
    }
  }
  annotations.end();
  RecordArray names(file, "categories");
  for (size_t i = 0; i < words.size(); ++i) names.add({{"id", i + 1}, {"name", words[i]}, {"supercategory", ""}});
  names.end();
  file.write("}\n");
  file.commit();
  return {request.output};
}

}  // namespace tagloom
