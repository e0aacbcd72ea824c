// LabelMe: Annotations/COLLECTION/x.xml of Images/COLLECTION/x.jpg, as the web tool stores them, or the JSON files that the desktop program
// of the same name keeps next to the pictures.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/import/formats.h"
#include "tools/import/objects/xml_annotation.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Objects that a user deleted stay in the file, marked as deleted.
void read_labelme_xml(const fs::path& file, const fs::path& pictures, const ImportSink& sink, int64_t& deleted) {
  pugi::xml_document document;
  const pugi::xml_node annotation = load_annotation(file, document);
  const std::string name(text_of(annotation, "filename"));
  TL_CHECK_AS(ErrorKind::kData, !name.empty(), "{}: has no <filename>", file.string());
  ImportedPicture picture{pictures / file_name_of(name), {}, file.string()};
  for (const pugi::xml_node& object : annotation.children("object")) {
    const std::string_view tag = text_of(object, "name");
    if (text_of(object, "deleted") == "1") {
      ++deleted;
      continue;
    }
    TL_CHECK_AS(ErrorKind::kData, !tag.empty(), "{}: an <object> has no <name>", file.string());
    picture.tags.emplace_back(tag);
  }
  sink(std::move(picture));
}

void read_labelme_json(const fs::path& file, const fs::path& pictures, const ImportSink& sink) {
  const std::string text = read_text(file), place = file.string();
  json root;
  try {
    root = json::parse(text);
  } catch (const json::exception& error) {
    const std::string_view reason = error.what();
    fail(ErrorKind::kData, "{}: is not JSON: {}", place, reason.substr(std::min(reason.find("] "), reason.size() - 2) + 2));
  }
  const auto shapes = root.is_object() ? root.find("shapes") : root.end();
  TL_CHECK_AS(ErrorKind::kData, root.is_object() && shapes != root.end() && shapes->is_array(), "{}: has no array \"shapes\"",
              place);
  const auto path = root.find("imagePath");
  TL_CHECK_AS(ErrorKind::kData, path != root.end() && path->is_string(), "{}: has no string \"imagePath\"", place);
  std::string name = path->get<std::string>();
  std::replace(name.begin(), name.end(), '\\', '/');
  ImportedPicture picture{
      pictures.empty() ? (file.parent_path() / name).lexically_normal() : pictures / file_name_of(name), {}, place};
  for (const json& shape : *shapes) {
    const auto label = shape.is_object() ? shape.find("label") : shape.end();
    TL_CHECK_AS(ErrorKind::kData, shape.is_object() && label != shape.end() && label->is_string(),
                "{}: a shape has no string \"label\"", place);
    picture.tags.push_back(label->get<std::string>());
  }
  sink(std::move(picture));
}

ImportReport read_labelme(const ImportRequest& request, const ImportSink& sink) {
  const fs::path root = request.source / "Annotations";
  const bool web = fs::is_directory(root);
  const fs::path all = web ? root : request.source, folder = request.split.empty() ? all : all / request.split;
  TL_CHECK_AS(ErrorKind::kData, fs::is_directory(folder), "{}: is not a folder", folder.string());
  std::vector<fs::path> files = files_with_extension(folder, ".xml", true);
  const std::vector<fs::path> json_files = files_with_extension(folder, ".json", true);
  TL_CHECK_AS(ErrorKind::kData, !files.empty() || !json_files.empty(), "{}: has no .xml or .json annotations", folder.string());
  int64_t deleted = 0;
  const fs::path images = request.pictures.empty() && web ? request.source / "Images" : request.pictures;
  for (const fs::path& file : files) {
    const fs::path collection = file.parent_path().lexically_relative(all);
    read_labelme_xml(file, images.empty() ? file.parent_path() : (images / collection).lexically_normal(), sink, deleted);
  }
  for (const fs::path& file : json_files) read_labelme_json(file, request.pictures, sink);
  ImportReport report;
  report.order = "as the objects were outlined";
  report.left_out = {{deleted, "deleted object", "deleted objects"}};
  return report;
}

bool looks_like_labelme(const fs::path& source) {
  std::error_code error;
  if (fs::is_directory(source / "Annotations", error)) return has_xml_with(source / "Annotations", "polygon", true);
  if (has_xml_with(source, "polygon", false)) return true;
  int tried = 0;
  for (fs::directory_iterator at(source, error), end; !error && at != end && tried < 20; at.increment(error)) {
    if (at->path().extension() != ".json" || !at->is_regular_file(error) || at->file_size(error) > (1 << 20)) continue;
    ++tried;
    const json root = json::parse(read_text(at->path()), nullptr, false);
    if (root.is_object() && root.contains("shapes") && root.contains("imagePath")) return true;
  }
  return false;
}

}  // namespace

const DatasetFormat kLabelmeFormat = {"labelme",
                                      "LabelMe: the folder of Annotations and Images, or of JSON files next to pictures.",
                                      "split", looks_like_labelme, read_labelme};

}  // namespace tagloom
