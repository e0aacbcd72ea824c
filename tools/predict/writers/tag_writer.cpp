// Writes text, CSV and JSON lines to stdout, and creates the writers of keywords and captions.
#include "tools/predict/writers/tag_writer.h"

#include <iostream>

#include "tools/predict/tag_lines.h"
#include "tools/predict/writers/caption_writer.h"
#include "tools/predict/writers/keyword_writer.h"

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

}  // namespace

std::unique_ptr<TagWriter> make_tag_writer(const PredictOptions& options, const std::string& model) {
  if (options.format == "csv") return std::make_unique<CsvWriter>();
  if (options.format == "jsonl") return std::make_unique<JsonLinesWriter>();
  if (options.format == "caption") return make_caption_writer(options.tags);
  if (options.format == "xmp") return make_keyword_writer(options.keywords, model, !options.apply.empty());
  return std::make_unique<TextWriter>(options.scores, options.tags.explain);
}

}  // namespace tagloom
