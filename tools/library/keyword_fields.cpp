#include "tools/library/keyword_fields.h"

#include <algorithm>

#include "kernels/base/error.h"

namespace tagloom {

const char* name_of(KeywordField field) {
  switch (field) {
    case KeywordField::kDc:
      return "dc";
    case KeywordField::kLr:
      return "lr";
    case KeywordField::kDigikam:
      return "digikam";
    case KeywordField::kIptc:
      return "iptc";
  }
  return "";
}

std::vector<KeywordField> keyword_fields(const std::string& list) {
  std::vector<KeywordField> fields;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    const std::string word = list.substr(begin, end - begin);
    const auto field = std::ranges::find_if(kAllKeywordFields, [&](KeywordField each) { return word == name_of(each); });
    TL_CHECK(field != std::end(kAllKeywordFields), "--keyword-fields has '{}': give dc, lr, digikam or iptc, separated by commas",
             word);
    if (std::ranges::find(fields, *field) == fields.end()) fields.push_back(*field);
    begin = end + 1;
  }
  return fields;
}

std::string keyword_in(KeywordField field, const std::string& tag, const std::vector<std::string>& parents) {
  if (field == KeywordField::kDc || field == KeywordField::kIptc) return tag;
  const char separator = field == KeywordField::kLr ? '|' : '/';
  std::string path;
  for (const std::string& parent : parents) path += parent + '\0';
  path += tag;
  std::ranges::replace(path, separator, '-');
  std::ranges::replace(path, '\0', separator);
  return path;
}

std::string trimmed(const std::string& keyword) {
  const char* const blanks = " \t\r\n";
  const size_t begin = keyword.find_first_not_of(blanks);
  return begin == std::string::npos ? "" : keyword.substr(begin, keyword.find_last_not_of(blanks) - begin + 1);
}

}  // namespace tagloom
