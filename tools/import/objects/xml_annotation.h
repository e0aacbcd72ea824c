#pragma once
// The XML files in which PASCAL VOC and LabelMe describe one picture each: <annotation> with a <filename> and <object>s.
#include <filesystem>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// Parses `file` into `document` and returns its <annotation>. Throws Error(kData), "000005.xml:3: ...", if it cannot be read or is not XML,
// or if its root is another element.
pugi::xml_node load_annotation(const std::filesystem::path& file, pugi::xml_document& document);

std::string_view text_of(const pugi::xml_node& node,
                         const char* child);      // without white space at either end; empty if there is none
std::string file_name_of(std::string_view path);  // the last part of a path of Unix or Windows

// The files in the folder, and with `deep` in those below it, whose names end with `extension`, sorted by path.
std::vector<std::filesystem::path> files_with_extension(const std::filesystem::path& folder, std::string_view extension,
                                                        bool deep);

// Whether an XML file in the folder has the text "<element" near its beginning, of the first few files.
bool has_xml_with(const std::filesystem::path& folder, std::string_view element, bool deep);

}  // namespace tagloom
