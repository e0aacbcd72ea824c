// CSV manifests (RFC 4180), such as photos/a.jpg,"sky,sea": a quoted field may contain commas, newlines, and doubled quotes.
#include <algorithm>

#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

class CsvRecords {
 public:
  CsvRecords(std::string_view text, const std::string& name) : rest_(without_byte_order_mark(text)), name_(name) {}

  // The next record that is not an empty line; false at the end.
  bool next() {
    while (!rest_.empty()) {
      first_line_ = line_;
      fields_.clear();
      do {
        fields_.push_back(read_field());
      } while (take(','));
      end_record();
      if (fields_.size() > 1 || !trim(fields_[0]).empty()) return true;
    }
    return false;
  }

  const std::vector<std::string>& fields() const { return fields_; }
  int64_t line() const { return first_line_; }
  std::string place() const { return name_ + ":" + std::to_string(first_line_); }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void end_record() {
    take('\r');
    const bool ended = take('\n') || rest_.empty();
    TL_CHECK_AS(ErrorKind::kData, ended, "{}:{}: a comma or the end of the line must follow a closing quote", name_, line_);
    ++line_;
  }

  std::string read_field() {
    if (take('"')) return read_quoted();
    const size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (field.ends_with('\r')) field.remove_suffix(1);
    TL_CHECK_AS(ErrorKind::kData, field.find('"') == field.npos,
                "{}:{}: a quote inside a field: quote the whole field and double the quote", name_, line_);
    return std::string(field);
  }

  std::string read_quoted() {
    std::string field;
    while (true) {
      const size_t quote = rest_.find('"');
      TL_CHECK_AS(ErrorKind::kData, quote != rest_.npos, "{}: a quote opens in this row and is never closed", place());
      for (const char c : rest_.substr(0, quote)) line_ += c == '\n';
      field += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!take('"')) return field;
      field += '"';
    }
  }

  std::string_view rest_;
  std::string name_;
  std::vector<std::string> fields_;
  int64_t line_ = 1, first_line_ = 1;
};

}  // namespace

void read_manifest_csv(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  CsvRecords records(text, name);
  for (bool first = true; records.next(); first = false) {
    const std::vector<std::string>& fields = records.fields();
    for (const std::string& field : fields) check_text(field, records.place());
    TL_CHECK_AS(ErrorKind::kData, fields.size() == 2, "{}: has {} fields, expected 2, path and tags: photos/a.jpg,\"sky,sea\"",
                records.place(), fields.size());
    if (first && fields[0] == "path" && fields[1] == "tags") continue;
    builder.add_row(fields[0], split_tags(fields[1], ",;"), records.line(), records.place());
  }
}

}  // namespace tagloom
