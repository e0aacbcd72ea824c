#pragma once
// Iterates over the lines of a UTF-8 text file, with their numbers.
#include <cstdint>
#include <string>
#include <string_view>

namespace tagloom {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Reads `text` line by line: strips a byte order mark at the start and the \r of \r\n; a final newline starts no further line.
// Messages begin with `name` ("train.tsv:3: …"). Throws Error(kData) for a line that is not UTF-8 or contains a control character
// other than a tab, or a byte order mark elsewhere: it is invisible, and files are joined by accident.
class TextLines {
 public:
  TextLines(std::string_view text, std::string name);

  bool next();  // false after the last line
  std::string_view line() const { return line_; }
  int64_t number() const { return number_; }  // from 1
  std::string place() const;                  // "train.tsv:3"

 private:
  std::string_view rest_;
  std::string_view line_;
  std::string name_;
  int64_t number_ = 0;
};

// Whether the text is ASCII without control characters other than tabs, as most is; then it passes the checks below.
bool is_plain_text(std::string_view text);
// The check that TextLines applies to each line. `offset` is added to byte positions in messages.
void check_text(std::string_view text, const std::string& place, int64_t offset = 0);
// The same for a quoted path, which may contain any character except NUL, because file names may.
void check_path_text(std::string_view text, const std::string& place);
std::string_view without_byte_order_mark(std::string_view text);
std::string_view trim(std::string_view text);  // without spaces and tabs at either end

}  // namespace tagloom
