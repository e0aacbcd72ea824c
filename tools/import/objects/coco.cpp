// Instances of MS-COCO and datasets in its format: one JSON object with "images", "annotations" and "categories", in any order.
//
// The file is parsed as a stream. Only the ids, names and areas are kept: about 150 bytes per picture and 32 per annotation.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "engine/data/formats/text_lines.h"
#include "engine/io/folder.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/import/formats.h"
#include "tools/import/objects/streamed_file.h"
#include "tools/import/source_files.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

struct CocoPicture {
  int64_t id = 0;
  std::string file;
};

struct CocoAnnotation {
  int64_t picture = 0;   // its id, then its index
  int64_t category = 0;  // its id, then its index
  double area = 0;
  bool crowd = false;
};

struct CocoFile {
  std::vector<CocoPicture> pictures;
  std::vector<CocoAnnotation> annotations;
  std::vector<std::pair<int64_t, std::string>> categories;
};

// Receives the parser's events. Level 1 is the file's object, 2 one of its arrays, 3 a record in it; deeper values are skipped.
class CocoEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  CocoEvents(std::string name, CocoFile& file) : name_(std::move(name)), file_(file) {}

  bool null() override { return scalar(); }
  bool boolean(bool value) override {
    if (level_ == 3 && key_ == Key::kCrowd) record_.crowd = value;
    return scalar();
  }
  bool number_integer(int64_t value) override { return number(value); }
  bool number_unsigned(uint64_t value) override { return number(static_cast<int64_t>(value)); }
  bool number_float(double value, const std::string&) override {
    if (level_ == 3 && part_ == Part::kAnnotations && key_ == Key::kArea) record_.area = value;
    return scalar();
  }
  bool string(std::string& value) override {
    if (level_ == 3 && key_ == Key::kName) record_.name = std::move(value);
    return scalar();
  }
  bool binary(nlohmann::json::binary_t&) override { return scalar(); }

  bool start_object(size_t) override {
    check_array(level_ != 1);
    if (level_ == 2) record_ = Record();
    ++level_;
    return true;
  }
  bool end_object() override {
    if (level_-- == 3) finish_record();
    return true;
  }
  bool start_array(size_t) override {
    TL_CHECK_AS(ErrorKind::kData, level_ > 0, "{}: is not a JSON object", name_);
    check_array(level_ != 2);
    ++level_;
    return true;
  }
  bool end_array() override {
    --level_;
    return true;
  }
  bool key(std::string& name) override;
  bool parse_error(size_t byte, const std::string&, const nlohmann::detail::exception& error) override;

  void check_complete() const;

 private:
  enum class Part { kOther, kImages, kAnnotations, kCategories };
  enum class Key { kOther, kId, kName, kImageId, kCategoryId, kArea, kCrowd };
  struct Record {
    std::optional<int64_t> id, picture, category;
    std::optional<std::string> name;
    double area = 0;
    bool crowd = false;
  };

  bool number(int64_t value);
  bool scalar();
  void check_array(bool valid) const;
  void finish_record();
  template <class T>
  const T& required(const std::optional<T>& value, const char* key, const char* type) const {
    TL_CHECK_AS(ErrorKind::kData, value.has_value(), "{}: entry {} of \"{}\" has no \"{}\" that is {}", name_,
                counts_[static_cast<size_t>(part_)], part_name(), key, type);
    return *value;
  }
  const char* part_name() const {
    return part_ == Part::kImages ? "images" : part_ == Part::kAnnotations ? "annotations" : "categories";
  }

  std::string name_;
  CocoFile& file_;
  int64_t level_ = 0;
  Part part_ = Part::kOther;
  Key key_ = Key::kOther;
  Record record_;
  int64_t counts_[4] = {};  // records of each part
  bool seen_[4] = {};
};

bool CocoEvents::key(std::string& name) {
  if (level_ == 1) {
    part_ = name == "images"        ? Part::kImages
            : name == "annotations" ? Part::kAnnotations
            : name == "categories"  ? Part::kCategories
                                    : Part::kOther;
    bool& seen = seen_[static_cast<size_t>(part_)];
    TL_CHECK_AS(ErrorKind::kData, part_ == Part::kOther || !seen, "{}: has \"{}\" twice", name_, name);
    seen = true;
  } else if (level_ == 3) {
    key_ = name == "id"                                              ? Key::kId
           : name == (part_ == Part::kImages ? "file_name" : "name") ? Key::kName
           : name == "image_id"                                      ? Key::kImageId
           : name == "category_id"                                   ? Key::kCategoryId
           : name == "area"                                          ? Key::kArea
           : name == "iscrowd"                                       ? Key::kCrowd
                                                                     : Key::kOther;
  }
  return true;
}

bool CocoEvents::number(int64_t value) {
  if (level_ == 3) {
    if (key_ == Key::kId) record_.id = value;
    if (key_ == Key::kImageId) record_.picture = value;
    if (key_ == Key::kCategoryId) record_.category = value;
    if (key_ == Key::kArea) record_.area = static_cast<double>(value);
    if (key_ == Key::kCrowd) record_.crowd = value != 0;
  }
  return scalar();
}

bool CocoEvents::scalar() {
  TL_CHECK_AS(ErrorKind::kData, level_ > 0, "{}: is not a JSON object", name_);
  check_array(level_ > 2);
  return true;
}

void CocoEvents::check_array(bool valid) const {
  TL_CHECK_AS(ErrorKind::kData, valid || level_ == 0 || part_ == Part::kOther, "{}: \"{}\" must be an array of objects", name_,
              part_name());
}

void CocoEvents::finish_record() {
  if (part_ == Part::kOther) return;
  ++counts_[static_cast<size_t>(part_)];
  if (part_ == Part::kImages) {
    file_.pictures.push_back({required(record_.id, "id", "an integer"), required(record_.name, "file_name", "a string")});
    const std::string& name = file_.pictures.back().file;
    TL_CHECK_AS(ErrorKind::kData, fs::path(name).has_filename() && name.find('\0') == name.npos,
                "{}: the \"file_name\" of entry {} of \"images\" is \"{}\", which names no file", name_, file_.pictures.size(),
                printable(name));
  } else if (part_ == Part::kCategories) {
    file_.categories.emplace_back(required(record_.id, "id", "an integer"), required(record_.name, "name", "a string"));
    const std::string& name = file_.categories.back().second;
    const std::string place = format("{}: the \"name\" of entry {} of \"categories\"", name_, file_.categories.size());
    check_text(name, place);
    TL_CHECK_AS(ErrorKind::kData, !trim(name).empty(), "{} is empty", place);
  } else {
    const int64_t picture = required(record_.picture, "image_id", "an integer");
    const int64_t category = required(record_.category, "category_id", "an integer");
    file_.annotations.push_back({picture, category, record_.area, record_.crowd});
  }
}

bool CocoEvents::parse_error(size_t byte, const std::string&, const nlohmann::detail::exception& error) {
  // "[json.exception...] parse error at line 1, column 9: syntax error while parsing value - unexpected ..."
  const std::string_view reason = error.what();
  const size_t at = reason.find("at line "), colon = reason.find(at == reason.npos ? "] " : ": ", at == reason.npos ? 0 : at);
  const std::string line = at == reason.npos ? "" : std::string(reason.substr(at + 8, reason.find(',', at) - at - 8)) + ":";
  fail(ErrorKind::kData, "{}:{} is not JSON at byte {}: {}", name_, line, byte,
       colon == reason.npos ? reason : reason.substr(colon + 2));
}

void CocoEvents::check_complete() const {
  for (const char* part : {"images", "annotations", "categories"}) {
    const Part which = part[0] == 'i' ? Part::kImages : part[0] == 'a' ? Part::kAnnotations : Part::kCategories;
    TL_CHECK_AS(ErrorKind::kData, seen_[static_cast<size_t>(which)],
                "{}: has no \"{}\"; COCO's instances have images, annotations and categories", name_, part);
  }
}

CocoFile parse_coco(const fs::path& path) {
  CocoFile file;
  CocoEvents events(path.string(), file);
  StreamedFile stream(path);
  nlohmann::json::sax_parse(stream.begin(), StreamedFile::end(), &events);
  events.check_complete();
  return file;
}

// Replaces the annotations' ids by indices and sorts them by picture; those of a picture keep their order.
void resolve_ids(const std::string& name, CocoFile& file) {
  std::unordered_map<int64_t, int64_t> pictures, categories;
  for (size_t i = 0; i < file.pictures.size(); ++i) {
    const bool added = pictures.emplace(file.pictures[i].id, static_cast<int64_t>(i)).second;
    TL_CHECK_AS(ErrorKind::kData, added, "{}: entries {} and {} of \"images\" have the same id, {}", name,
                pictures.at(file.pictures[i].id) + 1, i + 1, file.pictures[i].id);
  }
  for (size_t i = 0; i < file.categories.size(); ++i) {
    const bool added = categories.emplace(file.categories[i].first, static_cast<int64_t>(i)).second;
    TL_CHECK_AS(ErrorKind::kData, added, "{}: entries {} and {} of \"categories\" have the same id, {}", name,
                categories.at(file.categories[i].first) + 1, i + 1, file.categories[i].first);
  }
  int64_t entry = 0;
  for (CocoAnnotation& annotation : file.annotations) {
    ++entry;
    const auto picture = pictures.find(annotation.picture), category = categories.find(annotation.category);
    TL_CHECK_AS(ErrorKind::kData, picture != pictures.end(),
                "{}: entry {} of \"annotations\" has image_id {}, but no image has this id", name, entry, annotation.picture);
    TL_CHECK_AS(ErrorKind::kData, category != categories.end(),
                "{}: entry {} of \"annotations\" has category_id {}, but no category has this id", name, entry,
                annotation.category);
    annotation.picture = picture->second;
    annotation.category = category->second;
  }
  // In place: std::stable_sort would need as much memory again.
  for (size_t i = 1; i < file.annotations.size(); ++i) {
    if (file.annotations[i - 1].picture > file.annotations[i].picture) {
      std::stable_sort(file.annotations.begin(), file.annotations.end(),
                       [](const CocoAnnotation& a, const CocoAnnotation& b) { return a.picture < b.picture; });
      break;
    }
  }
}

// The instances file: the source itself, or of a folder the only one in it or in annotations/, or that of the split.
fs::path instances_file(const ImportRequest& request) {
  if (!fs::is_directory(request.source)) {
    TL_CHECK(request.split.empty(), "{}: --split selects a file in a dataset's folder: give the folder, or leave out --split",
             request.source.string());
    return request.source;
  }
  std::vector<fs::path> found;
  for (const fs::path& folder : {request.source / "annotations", request.source}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("instances_") || !name.ends_with(".json")) continue;
      if (request.split.empty() || name == "instances_" + request.split + ".json") found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  TL_CHECK_AS(ErrorKind::kData, !found.empty(), "{}: has no annotations/instances_{}.json", request.source.string(),
              request.split.empty() ? "*" : request.split);
  TL_CHECK(found.size() == 1, "{}: has several instances files: choose one with --split, such as {}", request.source.string(),
           found[0].stem().string().substr(10));
  return found[0];
}

// Where COCO keeps the pictures of annotations/instances_train2017.json: in ../train2017, or the first folder that has one of them.
fs::path pictures_of(const fs::path& instances, const CocoFile& file) {
  const std::string stem = instances.stem().string();
  const std::string split = stem.starts_with("instances_") ? stem.substr(10) : stem;
  const fs::path here = instances.parent_path(), above = here.empty() ? fs::path("..") : here / "..";
  const fs::path candidates[] = {above / split,    above / "images" / split, here / split, here / "images" / split,
                                 above / "images", here / "images",          here};
  constexpr size_t kTried = 100;
  for (size_t i = 0; i < std::min(kTried, file.pictures.size()); ++i) {
    for (const fs::path& folder : candidates)
      if (is_file(folder / file.pictures[i].file)) return folder.lexically_normal();
  }
  return is_folder(candidates[0]) ? candidates[0].lexically_normal() : here;
}

bool looks_like_coco(const fs::path& source) {
  std::error_code error;
  if (fs::is_directory(source, error)) {
    for (const auto& entry : fs::directory_iterator(source / "annotations", error)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("instances_") && name.ends_with(".json")) return true;
    }
    return false;
  }
  return source.extension() == ".json";
}

ImportReport read_coco(const ImportRequest& request, const ImportSink& sink) {
  const fs::path instances = instances_file(request);
  CocoFile file = parse_coco(instances);
  resolve_ids(instances.string(), file);
  const size_t annotations = file.annotations.size();
  if (!request.crowd) std::erase_if(file.annotations, [](const CocoAnnotation& annotation) { return annotation.crowd; });
  const fs::path folder = request.pictures.empty() ? pictures_of(instances, file) : request.pictures;
  auto next = file.annotations.begin();
  std::vector<size_t> places(file.categories.size(), SIZE_MAX);  // in `areas`
  for (size_t i = 0; i < file.pictures.size(); ++i) {
    std::vector<std::pair<int64_t, double>> areas;  // of each category, in the order of the annotations
    for (; next != file.annotations.end() && next->picture == static_cast<int64_t>(i); ++next) {
      size_t& place = places[static_cast<size_t>(next->category)];
      if (place == SIZE_MAX) {
        place = areas.size();
        areas.emplace_back(next->category, 0);
      }
      areas[place].second += next->area;
    }
    for (const auto& [category, area] : areas) places[static_cast<size_t>(category)] = SIZE_MAX;
    if (request.largest_first)
      std::stable_sort(areas.begin(), areas.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    ImportedPicture picture{folder / file.pictures[i].file};
    for (const auto& [category, area] : areas) picture.tags.push_back(file.categories[static_cast<size_t>(category)].second);
    sink(std::move(picture));
  }
  ImportReport report;
  if (request.largest_first) report.order = "by the area of their objects, largest first";
  for (const auto& [id, name] : file.categories) report.words.push_back(name);
  report.lists = {instances};
  report.left_out = {
      {static_cast<int64_t>(annotations - file.annotations.size()), "annotation of a crowd", "annotations of crowds"}};
  return report;
}

}  // namespace

const DatasetFormat kCocoFormat = {"coco", "MS-COCO instances: instances_train2017.json, or the folder with annotations/.",
                                   "split crowd order", looks_like_coco, read_coco};

}  // namespace tagloom
