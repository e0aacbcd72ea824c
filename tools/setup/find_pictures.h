#pragma once
// Finds the pictures to tag.
#include <string>
#include <vector>

namespace tagloom {

struct FoundPictures {
  std::vector<std::string> paths;       // no path twice
  std::vector<std::string> unreadable;  // sentences about folders and links that could not be read
};

// The pictures among `inputs` and in its folders, recursively: files with an extension of decoded_extensions(), a folder's sorted by path.
// Throws Error(kData) if an input does not exist or a folder has no pictures.
FoundPictures find_pictures(const std::vector<std::string>& inputs);

}  // namespace tagloom
