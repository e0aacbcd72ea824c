#pragma once
// Parses the body of a multipart/form-data request (RFC 7578): the files of a form.
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

struct FormFile {
  std::string name;          // as the client sent it: any bytes
  std::string_view content;  // a part of the body
};

inline constexpr size_t kMostFormFiles = 256;

// Whether a Content-Type is of this kind ("multipart/form-data"), whatever its parameters and capitals.
bool is_media_type(std::string_view content_type, std::string_view kind);

// Every part must be a file. Throws Error(kData) for anything else, a form without files, one with more than kMostFormFiles, and one
// that does not end as it should.
std::vector<FormFile> parse_form(std::string_view content_type, std::string_view body);

}  // namespace tagloom
