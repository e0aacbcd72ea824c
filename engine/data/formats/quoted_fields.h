#pragma once
// Reads the fields of CSV and TSV rows. A field in quotes may contain separators, line breaks and doubled quotes.
#include <cstdint>
#include <string>
#include <string_view>

namespace tagloom {

// Skips a byte order mark at the start. Messages begin with `name` ("train.csv:3: …"). Throws Error(kData) for an unclosed quote.
// The caller checks the text of each field.
class QuotedFields {
 public:
  QuotedFields(std::string_view text, std::string name);

  // Advances to the next line that contains a character not in `blanks`; false at the end.
  bool next_row(std::string_view blanks);
  // Reads a quoted field, or the text up to one of `separators` or the end of the line.
  std::string field(std::string_view separators);
  bool quoted() const { return quoted_; }       // whether the last field was in quotes
  int64_t offset() const { return offset_; }    // bytes before the last field in its line
  bool take(char c);                            // skips c if it is next, and returns whether it was
  void skip_blanks(char before);                // skips spaces if `before` or the end of the line follows them
  void end_row(std::string_view after_quotes);  // after_quotes: what may follow a closing quote, for the message: "a comma"

  int64_t line() const { return first_line_; }  // the row's first line, from 1
  std::string place() const;                    // "train.csv:3"
  const char* position() const { return rest_.data(); }

 private:
  std::string quoted_field();

  std::string_view rest_;
  const char* line_start_;
  const char* line_end_ = nullptr;  // of the line of the last unquoted field, so that its fields do not search for it again
  std::string name_;
  int64_t line_ = 1, first_line_ = 1, offset_ = 0;
  bool quoted_ = false;
};

}  // namespace tagloom
