#pragma once
// Reads the fields of CSV and TSV rows. A field in quotes may contain separators, line breaks and doubled quotes.
#include <cstdint>
#include <string>
#include <string_view>

namespace tagloom {

// Skips a byte order mark at the start. Messages begin with `name` ("train.csv:3: …"). Throws Error(kData) for a quote that is never
// closed. The caller checks the text of each field.
class QuotedFields {
 public:
  QuotedFields(std::string_view text, std::string name);

  // Goes to the next line that has other characters than `blanks`; false at the end.
  bool next_row(std::string_view blanks);
  // A field in quotes, or the text up to one of `separators` or the end of the line.
  std::string field(std::string_view separators);
  bool quoted() const { return quoted_; }       // whether the last field was in quotes
  int64_t offset() const { return offset_; }    // bytes of its line before the last field
  bool take(char c);                            // skips c if it comes next
  void skip_blanks(char before);                // skips spaces if `before`, or the end of the line, comes after them
  void end_row(std::string_view after_quotes);  // "a comma": what may follow a closing quote, for the message

  int64_t line() const { return first_line_; }  // where the row begins, from 1
  std::string place() const;                    // "train.csv:3"

 private:
  std::string quoted_field();

  std::string_view rest_;
  const char* line_start_;
  std::string name_;
  int64_t line_ = 1, first_line_ = 1, offset_ = 0;
  bool quoted_ = false;
};

}  // namespace tagloom
