#include "tools/import/tag_matrix.h"

#include <optional>

#include "engine/core/counted.h"
#include "engine/core/parse_number.h"
#include "kernels/base/error.h"
#include "tools/import/list_lines.h"
#include "tools/import/source_files.h"
#include "tools/listing/file_kinds.h"

namespace tagloom {
namespace {

constexpr std::string_view kBetweenValues = " \t,";

size_t number_at(std::span<const std::byte> bytes, size_t index) {
  return std::to_integer<size_t>(bytes[2 * index]) | std::to_integer<size_t>(bytes[2 * index + 1]) << 8;
}

bool is_one(std::string_view value, const std::string& place) {
  if (value == "0") return false;
  if (value == "1") return true;
  const std::optional<double> number = parse_real(value);
  TL_CHECK_AS(ErrorKind::kData, number == 0.0 || number == 1.0, "{}: \"{}\" is neither 0 nor 1", place, value);
  return number == 1.0;
}

class TagMatrix {
 public:
  // `columns` is the number of entries in the list `names`.
  TagMatrix(const std::filesystem::path& file, size_t columns, const std::filesystem::path& names);

  // Replaces `ones` by the columns that have a one in the next row; false at the end.
  bool next(std::vector<size_t>& ones);

 private:
  bool next_line(std::vector<size_t>& ones);
  bool next_vector(std::vector<size_t>& ones);
  void check_columns(size_t values, const std::string& place) const;

  std::string name_, names_;
  size_t columns_;
  std::optional<ListLines> lines_;  // of a text
  MappedFile file_;
  std::span<const std::byte> rest_;  // of .hvecs
  int64_t row_ = 0;
};

TagMatrix::TagMatrix(const std::filesystem::path& file, size_t columns, const std::filesystem::path& names)
    : name_(file.string()), names_(names.string()), columns_(columns) {
  if (file.extension() == ".hvecs") {
    file_ = MappedFile(name_);
    rest_ = file_.bytes();
  } else {
    lines_.emplace(file);
  }
}

bool TagMatrix::next(std::vector<size_t>& ones) {
  ones.clear();
  return lines_ ? next_line(ones) : next_vector(ones);
}

void TagMatrix::check_columns(size_t values, const std::string& place) const {
  TL_CHECK_AS(ErrorKind::kData, values == columns_, "{} must have {} values, one for each tag of {}, but has {}", place, columns_,
              names_, values);
}

bool TagMatrix::next_line(std::vector<size_t>& ones) {
  if (!lines_->next()) return false;
  const std::string_view line = lines_->line();
  size_t values = 0;
  for (size_t begin = 0; (begin = line.find_first_not_of(kBetweenValues, begin)) != line.npos; ++values) {
    const size_t end = std::min(line.find_first_of(kBetweenValues, begin), line.size());
    if (is_one(line.substr(begin, end - begin), lines_->place())) ones.push_back(values);
    begin = end;
  }
  check_columns(values, lines_->place() + ": the line");
  return true;
}

bool TagMatrix::next_vector(std::vector<size_t>& ones) {
  if (rest_.empty()) return false;
  const std::string place = format("{}: row {}", name_, ++row_);
  TL_CHECK_AS(ErrorKind::kData, rest_.size() >= 2, "{}: the file ends in the middle of it", place);
  check_columns(number_at(rest_, 0), place);
  TL_CHECK_AS(ErrorKind::kData, rest_.size() >= 2 + 2 * columns_, "{}: the file ends in the middle of it", place);
  for (size_t column = 0; column < columns_; ++column) {
    const size_t value = number_at(rest_, column + 1);
    TL_CHECK_AS(ErrorKind::kData, value <= 1, "{}: value {} is {}, not 0 or 1", place, column + 1, value);
    if (value == 1) ones.push_back(column);
  }
  rest_ = rest_.subspan(2 + 2 * columns_);
  return true;
}

// Some lists have more columns after the picture's name.
std::string_view picture_name_in(std::string_view line) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  return is_picture_name(word) ? word : line;
}

}  // namespace

std::vector<std::string> read_listed_matrix(const ListedMatrix& files, const std::filesystem::path& pictures,
                                            const ImportSink& sink) {
  std::vector<std::string> tags = list_of(files.dictionary);
  TagMatrix matrix(files.matrix, tags.size(), files.dictionary);
  std::vector<size_t> ones;
  ListLines lines(files.list);
  int64_t rows = 0;
  for (; lines.next(); ++rows) {
    TL_CHECK_AS(ErrorKind::kData, matrix.next(ones), "{}: {} has only {}: the files do not belong together", lines.place(),
                files.matrix.string(), counted(rows, "row"));
    ImportedPicture picture{listed_picture(pictures, picture_name_in(lines.line()))};
    for (const size_t tag : ones) picture.tags.push_back(tags[tag]);
    sink(std::move(picture));
  }
  TL_CHECK_AS(ErrorKind::kData, !matrix.next(ones), "{}: has more rows than {}, which has {}: the files do not belong together",
              files.matrix.string(), files.list.string(), counted(rows, "picture"));
  return tags;
}

}  // namespace tagloom
