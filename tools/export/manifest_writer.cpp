#include "tools/export/manifest_writer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/data/formats/manifest_columns.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/output/json_path.h"
#include "tools/output/quoted_field.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

std::string tsv_row(const std::string& path, const std::vector<std::string>& tags) {
  std::string row = quoted_field(path, "\t") + '\t';
  for (size_t i = 0; i < tags.size(); ++i) row.append(i ? "," : "").append(quoted_field(tags[i], ",\t"));
  return row + '\n';
}

std::string csv_row_of(const std::string& path, const std::vector<std::string>& tags, const std::string& name) {
  std::string field;
  for (const std::string& tag : tags) {
    TL_CHECK(tag.find_first_of(",;") == tag.npos,
             "{}: the tag \"{}\" contains a comma or semicolon, which separate tags in CSV: write a .tsv or .jsonl", name, tag);
    field.append(field.empty() ? "" : ",").append(tag);
  }
  return quoted_field(path, ",") + ',' + quoted_field(field, ",") + '\n';
}

std::string jsonl_row(const std::string& path, const std::vector<std::string>& tags) {
  nlohmann::ordered_json row;
  add_path(row, "path", path);
  row["tags"] = tags;
  return json_text(row) + '\n';
}

}  // namespace

ManifestWriter::ManifestWriter(const std::string& file)
    : name_(file),
      kind_([&] {
        std::string extension = fs::path(file).extension().string();
        for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        TL_CHECK(extension == ".tsv" || extension == ".csv" || extension == ".jsonl",
                 "{}: the extension selects the format of a manifest: .tsv, .csv or .jsonl", file);
        return extension == ".tsv" ? Kind::kTsv : extension == ".csv" ? Kind::kCsv : Kind::kJsonl;
      }()),
      paths_(fs::path(file).parent_path()),
      file_(file) {
  if (kind_ == Kind::kCsv) file_.write("path,tags\n");
}

void ManifestWriter::add(const fs::path& picture, const std::vector<std::string>& tags) {
  const std::string path = paths_.of(picture);
  TL_CHECK(kind_ == Kind::kJsonl || find_invalid_utf8(path) == path.npos, "{}: the path {} is not UTF-8: write a .jsonl", name_,
           path);
  if (std::exchange(first_, false) && kind_ == Kind::kTsv && !has_extension(path)) file_.write("path\ttags\n");
  file_.write(kind_ == Kind::kTsv   ? tsv_row(path, tags)
              : kind_ == Kind::kCsv ? csv_row_of(path, tags, name_)
                                    : jsonl_row(path, tags));
}

void ManifestWriter::prepare() { file_.prepare(); }

void ManifestWriter::commit() { file_.commit(); }

}  // namespace tagloom
