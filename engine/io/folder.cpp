// Adds the folder's name to the errors of std::filesystem's iterators, which do not have it.
#include "engine/io/folder.h"

#include "kernels/base/error.h"

namespace tagloom {

std::vector<std::filesystem::directory_entry> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::directory_entry> entries;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) entries.push_back(*entry);
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: the folder cannot be read: {}", folder.string(), error.message());
  return entries;
}

}  // namespace tagloom
