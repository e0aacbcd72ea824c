// Open Images: CSV files of labels, of whole pictures or of boxes, whose rows begin with ImageID,Source,LabelName,Confidence, and a CSV of
// class descriptions that gives each label (/m/01g317) its name. The picture is ImageID.jpg.
#include <algorithm>
#include <unordered_map>

#include "engine/core/interrupt.h"
#include "engine/core/parse_number.h"
#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/mapped_file.h"
#include "kernels/base/error.h"
#include "tools/import/formats.h"
#include "tools/import/source_files.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLabelColumns = "ImageID,Source,LabelName,Confidence";

std::string_view csv_text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

bool has_label_columns(const fs::path& path) {
  const MappedFile file(path.string());
  return without_byte_order_mark(csv_text_of(file)).starts_with(kLabelColumns);
}

std::vector<fs::path> csv_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const std::string& name : file_names(folder.empty() ? "." : folder)) {
    if (name.ends_with(".csv")) files.push_back(folder / name);
  }
  return files;
}

std::vector<fs::path> label_files(const fs::path& folder) {
  std::vector<fs::path> files = csv_files(folder);
  std::erase_if(files, [](const fs::path& file) { return !has_label_columns(file); });
  return files;
}

fs::path labels_file(const ImportRequest& request) {
  if (!fs::is_directory(request.source)) return request.source;
  std::vector<fs::path> files = label_files(request.source);
  std::erase_if(files, [&](const fs::path& file) { return file.filename().string().find(request.split) == std::string::npos; });
  TL_CHECK_AS(ErrorKind::kData, !files.empty(), "{}: has no CSV file{}{} that begins with {}", request.source.string(),
              request.split.empty() ? "" : " of the split ", request.split, kLabelColumns);
  TL_CHECK(files.size() == 1,
           "{}: has several files of labels, such as {} and {}: give one of them as the source, or choose with --split",
           request.source.string(), files[0].filename().string(), files[1].filename().string());
  return files[0];
}

struct LabelNames {
  std::vector<std::string> names;
  std::unordered_map<std::string, uint32_t> ids;  // of "/m/01g317"
  std::vector<fs::path> files;
};

// class-descriptions.csv: /m/01g317,Person. Newer versions have a header, LabelName,DisplayName.
LabelNames label_names(const fs::path& labels) {
  LabelNames result;
  for (const fs::path& path : csv_files(labels.parent_path())) {
    if (path.filename().string().find("class-descriptions") == std::string::npos) continue;
    result.files.push_back(path);
    const MappedFile file(path.string());
    for (QuotedFields fields(csv_text_of(file), path.string()); fields.next_row(" \t");) {
      const std::string label = fields.field(",");
      TL_CHECK_AS(ErrorKind::kData, fields.take(','), "{}: has one field, expected 2: /m/01g317,Person", fields.place());
      const std::string name = fields.field(",");
      fields.end_row("the end of the row");
      if (label == "LabelName") continue;
      check_text(name, fields.place());
      TL_CHECK_AS(ErrorKind::kData, !label.empty() && !trim(name).empty(), "{}: the label or its name is empty", fields.place());
      if (result.ids.emplace(label, static_cast<uint32_t>(result.names.size())).second) result.names.push_back(name);
    }
  }
  TL_CHECK_AS(ErrorKind::kData, !result.names.empty(),
              "{}: the names of its labels are missing: put Open Images' class-descriptions.csv into the same folder",
              labels.string());
  return result;
}

// The labels of all pictures, in the order of the file: 8 bytes for each, and about 100 for each picture.
struct PictureLabels {
  std::vector<std::string> pictures;
  std::vector<std::pair<uint32_t, uint32_t>> labels;  // a picture and a label
  int64_t negative = 0, uncertain = 0;
};

PictureLabels read_label_rows(const fs::path& path, const LabelNames& names, double least) {
  PictureLabels result;
  std::unordered_map<std::string, uint32_t> pictures;
  const MappedFile file(path.string());
  TextLines lines(csv_text_of(file), path.string());
  const bool header = lines.next() && lines.line().starts_with(kLabelColumns);
  TL_CHECK_AS(ErrorKind::kData, header, "{}: does not begin with {}", path.string(), kLabelColumns);
  while (lines.next()) {
    if (Interrupt::signal() != 0) throw Interrupted{Interrupt::signal()};
    if (lines.line().empty()) continue;
    std::string_view fields[4], rest = lines.line();
    for (std::string_view& field : fields) {
      TL_CHECK_AS(ErrorKind::kData, rest.data() != nullptr, "{}: has fewer than 4 fields ({})", lines.place(), kLabelColumns);
      const size_t comma = rest.find(',');
      field = rest.substr(0, comma);
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
    const auto label = names.ids.find(std::string(fields[2]));
    const std::optional<double> confidence = parse_real(fields[3]);
    TL_CHECK_AS(ErrorKind::kData, !fields[0].empty() && fields[0].find('/') == fields[0].npos, "{}: \"{}\" is not an ImageID",
                lines.place(), fields[0]);
    TL_CHECK_AS(ErrorKind::kData, label != names.ids.end(), "{}: no class-descriptions file has the label {}", lines.place(),
                fields[2]);
    TL_CHECK_AS(ErrorKind::kData, confidence && *confidence >= 0 && *confidence <= 1, "{}: the confidence must be 0 to 1, got {}",
                lines.place(), fields[3]);
    const auto [picture, added] = pictures.emplace(std::string(fields[0]), static_cast<uint32_t>(result.pictures.size()));
    if (added) result.pictures.push_back(picture->first);
    if (*confidence > 0 && *confidence >= least)
      result.labels.emplace_back(picture->second, label->second);
    else
      ++(*confidence > 0 ? result.uncertain : result.negative);
  }
  std::stable_sort(result.labels.begin(), result.labels.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return result;
}

// The first folder that has one of the pictures: that of the split, images/, or that of the CSV file.
fs::path open_images_folder(const fs::path& labels, const std::vector<std::string>& pictures) {
  const fs::path here = labels.parent_path();
  std::vector<fs::path> folders;
  for (const char* split : {"train", "validation", "test"}) {
    if (labels.filename().string().find(split) == std::string::npos) continue;
    for (const fs::path& above : {here, here / "images", here / ".."}) folders.push_back(above / split);
  }
  folders.insert(folders.end(), {here / "images", here});
  for (size_t i = 0; i < std::min<size_t>(100, pictures.size()); ++i) {
    for (const fs::path& folder : folders)
      if (is_file(folder / (pictures[i] + ".jpg"))) return folder.lexically_normal();
  }
  return folders[0].lexically_normal();
}

ImportReport read_open_images(const ImportRequest& request, const ImportSink& sink) {
  const fs::path path = labels_file(request);
  LabelNames names = label_names(path);
  const PictureLabels all = read_label_rows(path, names, request.confidence);
  const fs::path folder = request.pictures.empty() ? open_images_folder(path, all.pictures) : request.pictures;
  auto next = all.labels.begin();
  for (size_t i = 0; i < all.pictures.size(); ++i) {
    ImportedPicture picture{folder / (all.pictures[i] + ".jpg")};
    for (; next != all.labels.end() && next->first == i; ++next) picture.tags.push_back(names.names[next->second]);
    sink(std::move(picture));
  }
  ImportReport report;
  report.lists = std::move(names.files);
  report.lists.push_back(path);
  report.left_out = {{all.negative, "label verified as absent (confidence 0)", "labels verified as absent (confidence 0)"},
                     {all.uncertain, format("label with a confidence below {}", request.confidence),
                      format("labels with a confidence below {}", request.confidence)}};
  return report;
}

bool looks_like_open_images(const fs::path& source) {
  return is_folder(source) ? !label_files(source).empty() : source.extension() == ".csv" && has_label_columns(source);
}

}  // namespace

const DatasetFormat kOpenImagesFormat = {
    "openimages", "Open Images: a CSV file of labels, or its folder, which also contains class-descriptions.csv.",
    "split confidence", looks_like_open_images, read_open_images};

}  // namespace tagloom
