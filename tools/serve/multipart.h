#pragma once
// Parses the files in the body of a multipart/form-data request (RFC 7578).
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

struct FormFile {
  std::string name;          // as the client sent it: any bytes
  std::string_view content;  // a part of the body
};

inline constexpr size_t kMostFormFiles = 256;

// Whether a Content-Type is this media type ("multipart/form-data"), ignoring parameters and case.
bool is_media_type(std::string_view content_type, std::string_view kind);

// Every part must be a file. Throws Error(kData) for any other part, for a form with no files or more than kMostFormFiles, and for a form
// that does not end correctly.
std::vector<FormFile> parse_form(std::string_view content_type, std::string_view body);

}  // namespace tagloom
