#include "tools/import/objects/xml_annotation.h"

#include <algorithm>
#include <fstream>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/listing/file_kinds.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kXmlSpaces = " \t\r\n";

}  // namespace

pugi::xml_node load_annotation(const fs::path& file, pugi::xml_document& document) {
  const std::string text = read_text(file);
  const pugi::xml_parse_result result = document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    const auto end =
        text.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(static_cast<size_t>(result.offset), text.size()));
    fail(ErrorKind::kData, "{}:{}: is not XML: {}", file.string(), 1 + std::count(text.begin(), end, '\n'), result.description());
  }
  const pugi::xml_node root = document.child("annotation");
  TL_CHECK_AS(ErrorKind::kData, root, "{}: its root is <{}>, not <annotation>", file.string(),
              document.document_element().name());
  return root;
}

std::string_view text_of(const pugi::xml_node& node, const char* child) {
  const std::string_view text = node.child_value(child);
  const size_t begin = text.find_first_not_of(kXmlSpaces);
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kXmlSpaces) - begin + 1);
}

std::string file_name_of(std::string_view path) {
  const size_t slash = path.find_last_of("/\\");
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

std::vector<fs::path> files_with_extension(const fs::path& folder, std::string_view extension, bool deep) {
  std::vector<fs::path> files;
  std::error_code error;
  const auto add = [&](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(extension) && !is_hidden_name(name)) files.push_back(entry.path());
  };
  if (deep)
    for (const auto& entry : fs::recursive_directory_iterator(folder, error)) add(entry);
  else
    for (const auto& entry : fs::directory_iterator(folder, error)) add(entry);
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: {}", folder.string(), error.message());
  std::sort(files.begin(), files.end());
  return files;
}

bool has_xml_with(const fs::path& folder, std::string_view element, bool deep) {
  constexpr int kFiles = 20;
  std::error_code error;
  int tried = 0;
  const auto matches = [&](const fs::directory_entry& entry) {
    std::error_code unknown;  // then it is not a regular file, such as a pipe, which would wait for its writer
    if (entry.path().extension() != ".xml" || !entry.is_regular_file(unknown) || ++tried > kFiles) return false;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string start(1 << 14, '\0');
    in.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<size_t>(in.gcount()));
    return start.find("<annotation") != start.npos && start.find("<" + std::string(element)) != start.npos;
  };
  if (!deep) {
    for (fs::directory_iterator at(folder, error), end; !error && at != end && tried <= kFiles; at.increment(error))
      if (matches(*at)) return true;
    return false;
  }
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end && tried <= kFiles; at.increment(error))
    if (matches(*at)) return true;
  return false;
}

}  // namespace tagloom
