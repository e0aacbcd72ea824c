#pragma once
// Finds the files of a dataset in its folders, and the pictures that its lists name.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// Follow links. Throw Error(kData) if the type cannot be determined, because an inaccessible file is not a missing one.
bool is_folder(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);

// The names of the files in a folder, without hidden ones, sorted. Throws Error(kData) if the folder cannot be read.
std::vector<std::string> file_names(const std::filesystem::path& folder);

// The path of the picture that a list of `folder` names: with slashes for backslashes, and with an extension if the name has none. A name
// that begins with a slash is relative to the folder if there is such a picture.
std::filesystem::path listed_picture(const std::filesystem::path& folder, std::string_view name);

}  // namespace tagloom
