// Text, CSV and JSON lines on stdout, and XMP sidecars.
#include "tools/predict/tag_writer.h"

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/io/atomic_file.h"
#include "tools/output/json_path.h"
#include "tools/output/xmp.h"

namespace tagloom {
namespace {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

class TextWriter : public TagWriter {
 public:
  explicit TextWriter(bool scores) : scores_(scores) {}
  std::string write(const TaggedPicture& picture) override {
    std::cout << picture.path << '\t';
    const char* separator = "";
    for (const ScoredTag& tag : picture.tags) {
      std::cout << separator << tag.name;
      if (scores_) std::cout << ':' << tag.score;
      separator = ",";
    }
    std::cout << "\n";
    return "";
  }

 private:
  bool scores_;
};

class CsvWriter : public TagWriter {
 public:
  CsvWriter() { std::cout << "path,tag,score\n"; }
  std::string write(const TaggedPicture& picture) override {
    for (const ScoredTag& tag : picture.tags)
      std::cout << csv_field(picture.path) << ',' << csv_field(tag.name) << ',' << tag.score << "\n";
    return "";
  }
};

class JsonLinesWriter : public TagWriter {
 public:
  std::string write(const TaggedPicture& picture) override {
    nlohmann::ordered_json tags = nlohmann::ordered_json::array();
    for (const ScoredTag& tag : picture.tags) tags.push_back({{"tag", tag.name}, {"score", tag.score}});
    nlohmann::ordered_json line;
    add_path(line, "path", picture.path);
    line["tags"] = tags;
    std::cout << line.dump() << "\n";
    return "";
  }
};

class SidecarWriter : public TagWriter {
 public:
  std::string write(const TaggedPicture& picture) override {
    const std::string folder = std::filesystem::absolute(picture.path).parent_path().string();
    if (swept_.insert(folder).second) sweep_temporaries(folder);
    std::vector<std::string> names;
    for (const ScoredTag& tag : picture.tags) names.push_back(tag.name);
    try {
      write_xmp_sidecar(picture.path + ".xmp", names);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      return error.what();
    }
    return "";
  }

 private:
  std::set<std::string> swept_;  // folders without temporary files of earlier runs
};

}  // namespace

std::unique_ptr<TagWriter> make_tag_writer(const PredictOptions& options) {
  if (options.format == "csv") return std::make_unique<CsvWriter>();
  if (options.format == "jsonl") return std::make_unique<JsonLinesWriter>();
  if (options.format == "xmp") return std::make_unique<SidecarWriter>();
  return std::make_unique<TextWriter>(options.scores);
}

}  // namespace tagloom
