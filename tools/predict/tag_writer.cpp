// Text, CSV and JSON lines on stdout, XMP sidecars and captions.
#include "tools/predict/tag_writer.h"

#include <filesystem>
#include <iostream>
#include <set>

#include "engine/io/atomic_file.h"
#include "tools/output/xmp.h"
#include "tools/predict/caption_writer.h"
#include "tools/predict/tag_lines.h"

namespace tagloom {
namespace {

class TextWriter : public TagWriter {
 public:
  TextWriter(bool scores, bool explain) : scores_(scores), explain_(explain) {}
  std::string write(const TaggedPicture& picture) override {
    std::cout << (explain_ ? explained_text(picture, scores_) : text_line(picture, scores_));
    return "";
  }

 private:
  bool scores_, explain_;
};

class CsvWriter : public TagWriter {
 public:
  CsvWriter() { std::cout << csv_heading(); }
  std::string write(const TaggedPicture& picture) override {
    std::cout << csv_lines(picture);
    return "";
  }
};

class JsonLinesWriter : public TagWriter {
 public:
  std::string write(const TaggedPicture& picture) override {
    std::cout << json_line(picture);
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
  if (options.format == "caption") return make_caption_writer(options.tags);
  if (options.format == "xmp") return std::make_unique<SidecarWriter>();
  return std::make_unique<TextWriter>(options.scores, options.tags.explain);
}

}  // namespace tagloom
