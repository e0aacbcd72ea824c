// The metadata of Hugging Face's imagefolder.
#include <nlohmann/json.hpp>

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/export/exporter.h"
#include "tools/export/relative_paths.h"
#include "tools/output/json_path.h"
#include "tools/output/quoted_field.h"
#include "tools/output/target_file.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

}  // namespace

ExportSummary export_huggingface(const ExportRequest& request, Progress&) {
  const Manifest& manifest = request.manifest;
  fs::path output = request.output;
  if (output.filename() != "metadata.jsonl" && output.filename() != "metadata.csv") {
    TL_CHECK(!output.has_extension() || fs::is_directory(output),
             "{}: imagefolder reads only metadata.jsonl and metadata.csv: name one of them, or the folder", request.output);
    output /= "metadata.jsonl";
  }
  require_new(output.string(), request.replace);
  require_target(output.string(), {manifest.file});
  const bool csv = output.extension() == ".csv";
  RelativePaths paths(output.parent_path());
  sweep_folder_of(output.string());
  AtomicFile file(output.string());
  if (csv) file.write("file_name,tags\n");
  for (const ManifestRow row : manifest.rows) {
    const std::string path = paths.of(manifest.file.parent_path() / row.path);
    TL_CHECK(find_invalid_utf8(path) == path.npos, "{}: the path {} is not UTF-8, which the format requires: rename the file",
             output.string(), path);
    TL_CHECK(!path.starts_with("../") && !path.starts_with('/'),
             "{}: imagefolder needs all pictures below the folder of {}, and {} is not: write it to a folder above them",
             output.string(), output.filename().string(), path);
    nlohmann::ordered_json tags = nlohmann::ordered_json::array();
    for (const int32_t tag : row.tags) tags.push_back(manifest.tag_names[static_cast<size_t>(tag)]);
    file.write(csv ? quoted_field(path, ",") + ',' + quoted_field(tags.dump(), ",") + '\n'
                   : json_text({{"file_name", path}, {"tags", tags}}) + '\n');
  }
  file.commit();
  return {output.string()};
}

}  // namespace tagloom
