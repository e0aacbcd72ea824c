// PASCAL VOC: Annotations/000005.xml of JPEGImages/000005.jpg, and lists of pictures in ImageSets/Main. Also folders in which annotation
// tools keep such XML files next to the pictures.
#include <algorithm>
#include <unordered_map>

#include "engine/core/parse_number.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/import/formats.h"
#include "tools/import/objects/xml_annotation.h"
#include "tools/import/source_files.h"
#include "tools/listing/file_kinds.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

struct VocFolders {
  fs::path annotations, pictures;
};

VocFolders voc_folders(const ImportRequest& request) {
  TL_CHECK_AS(ErrorKind::kData, fs::is_directory(request.source), "{}: is not a folder", request.source.string());
  VocFolders folders{request.source, request.source};
  if (fs::is_directory(request.source / "Annotations")) folders.annotations = request.source / "Annotations";
  if (fs::is_directory(request.source / "JPEGImages")) folders.pictures = request.source / "JPEGImages";
  if (!request.pictures.empty()) folders.pictures = request.pictures;
  return folders;
}

// The annotations of a list such as ImageSets/Main/trainval.txt: "000005", or "000005 -1" in a list of one class.
std::vector<fs::path> listed_annotations(const fs::path& list, const VocFolders& folders, int64_t& without_xml) {
  const std::string text = read_text(list);
  std::vector<fs::path> files;
  for (TextLines lines(text, list.string()); lines.next();) {
    const std::string_view name = trim(lines.line()).substr(0, trim(lines.line()).find_first_of(" \t"));
    if (name.empty()) continue;
    TL_CHECK_AS(ErrorKind::kData, name.find('/') == name.npos, "{}: \"{}\" is not the name of a picture", lines.place(), name);
    fs::path file = folders.annotations / (std::string(name) + ".xml");
    if (fs::exists(file))
      files.push_back(std::move(file));
    else
      ++without_xml;
  }
  return files;
}

double box_area(const pugi::xml_node& box) {
  const auto side = [&](const char* low, const char* high) {
    return parse_real(text_of(box, high)).value_or(0) - parse_real(text_of(box, low)).value_or(0);
  };
  return side("xmin", "xmax") * side("ymin", "ymax");
}

struct VocTag {
  std::string name;
  double area = 0;  // of all its boxes
};

// The classes of the objects, in the order of the file.
std::vector<VocTag> voc_tags(const pugi::xml_node& annotation, const std::string& file, bool keep_difficult, int64_t& difficult) {
  std::vector<VocTag> tags;
  std::unordered_map<std::string_view, size_t> places;  // in `tags`; the names are in the document
  for (const pugi::xml_node& object : annotation.children("object")) {
    const std::string_view name = text_of(object, "name"), mark = text_of(object, "difficult");
    TL_CHECK_AS(ErrorKind::kData, !name.empty(), "{}: an <object> has no <name>", file);
    TL_CHECK_AS(ErrorKind::kData, mark.empty() || mark == "0" || mark == "1", "{}: <difficult> must be 0 or 1, got \"{}\"", file,
                mark);
    if (mark == "1" && !keep_difficult) {
      ++difficult;
      continue;
    }
    const auto [known, added] = places.emplace(name, tags.size());
    if (added) tags.push_back({std::string(name), 0});
    tags[known->second].area += box_area(object.child("bndbox"));
  }
  return tags;
}

// Tools write <filename> with a folder, or without an extension. The picture then has the name of the XML file.
fs::path voc_picture(const pugi::xml_node& annotation, const fs::path& file, const fs::path& pictures) {
  const std::string name = file_name_of(text_of(annotation, "filename")), stem = file.stem().string();
  return pictures / (is_picture_name(name) ? name : stem + ".jpg");
}

int64_t pictures_without_xml(const fs::path& pictures, const std::vector<fs::path>& files) {
  std::vector<std::string> stems;
  for (const fs::path& file : files) stems.push_back(file.stem().string());
  std::sort(stems.begin(), stems.end());
  int64_t count = 0;
  for (const std::string& name : is_folder(pictures) ? file_names(pictures) : std::vector<std::string>()) {
    count += is_picture_name(name) && !std::binary_search(stems.begin(), stems.end(), fs::path(name).stem().string());
  }
  return count;
}

ImportReport read_voc(const ImportRequest& request, const ImportSink& sink) {
  const VocFolders folders = voc_folders(request);
  int64_t without_xml = 0, difficult = 0;
  std::vector<fs::path> files;
  if (request.split.empty()) {
    files = files_with_extension(folders.annotations, ".xml", false);
    without_xml = pictures_without_xml(folders.pictures, files);
  } else {
    files = listed_annotations(request.source / "ImageSets" / "Main" / (request.split + ".txt"), folders, without_xml);
  }
  TL_CHECK_AS(ErrorKind::kData, !files.empty(), "{}: has no .xml annotations", folders.annotations.string());
  for (const fs::path& file : files) {
    pugi::xml_document document;
    const pugi::xml_node annotation = load_annotation(file, document);
    std::vector<VocTag> tags = voc_tags(annotation, file.string(), request.difficult, difficult);
    if (request.largest_first)
      std::stable_sort(tags.begin(), tags.end(), [](const VocTag& a, const VocTag& b) { return a.area > b.area; });
    ImportedPicture picture{voc_picture(annotation, file, folders.pictures), {}, file.string()};
    for (VocTag& tag : tags) picture.tags.push_back(std::move(tag.name));
    sink(std::move(picture));
  }
  ImportReport report;
  if (request.largest_first) report.order = "by the area of their boxes, largest first";
  report.left_out = {{difficult, "difficult object", "difficult objects"},
                     {without_xml, "picture without an XML file", "pictures without an XML file"}};
  return report;
}

bool looks_like_voc(const fs::path& source) {
  std::error_code error;
  if (fs::is_directory(source / "Annotations", error))
    return fs::is_directory(source / "JPEGImages", error) || has_xml_with(source / "Annotations", "bndbox", false);
  return has_xml_with(source, "bndbox", false);
}

}  // namespace

const DatasetFormat kVocFormat = {"voc",
                                  "PASCAL VOC: the folder of Annotations and JPEGImages, or of XML files next to pictures.",
                                  "split difficult order", looks_like_voc, read_voc};

}  // namespace tagloom
