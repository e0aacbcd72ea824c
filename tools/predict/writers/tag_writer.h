#pragma once
// Writes the tags of pictures in one of the formats of tagpredict.
#include <memory>
#include <string>
#include <vector>

#include "tools/predict/predict_options.h"
#include "tools/predict/tagged_picture.h"

namespace tagloom {

class TagWriter {
 public:
  virtual ~TagWriter() = default;
  // Returns "", or a sentence about the file that could not be written for this picture. Throws if no further picture can be written
  // either (standard output).
  virtual std::string write(const TaggedPicture& picture) = 0;
  // After the last picture, also if the command was interrupted. Returns sentences about tags that could not be written everywhere.
  virtual std::vector<std::string> finish() { return {}; }
};

// Creates the writer for options.format. Text, CSV and JSON lines go to stdout, which the caller flushes; xmp goes to sidecars or pictures,
// with `model` in the record.
std::unique_ptr<TagWriter> make_tag_writer(const PredictOptions& options, const std::string& model);

}  // namespace tagloom
