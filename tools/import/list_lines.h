#pragma once
// Reads the lines of a list, such as one of pictures or of tags.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/formats/text_lines.h"
#include "engine/io/mapped_file.h"

namespace tagloom {

// Lines without spaces and tabs at their ends. Throws Error(kData) for what TextLines rejects, and for an empty line before the last entry,
// which would shift the rows of two lists against each other. Throws Interrupted if a signal arrives.
class ListLines {
 public:
  explicit ListLines(const std::filesystem::path& file);

  bool next();
  std::string_view line() const { return line_; }
  int64_t number() const { return lines_.number(); }  // from 1
  std::string place() const { return lines_.place(); }

 private:
  MappedFile file_;
  TextLines lines_;
  std::string_view line_;
};

std::vector<std::string> list_of(const std::filesystem::path& file);

}  // namespace tagloom
