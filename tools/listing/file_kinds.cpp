#include "tools/listing/file_kinds.h"

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/base/format.h"

namespace tagloom {
namespace {

constexpr std::array<std::string_view, 7> kSystemFolders = {
    "@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found", "__MACOSX"};

std::string_view extension_of(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == name.npos || dot == 0 ? std::string_view() : name.substr(dot);
}

}  // namespace

bool is_picture_name(std::string_view name) { return is_picture_extension(extension_of(name)); }

bool is_hidden_name(std::string_view name) {
  return name.starts_with('.') || std::find(kSystemFolders.begin(), kSystemFolders.end(), name) != kSystemFolders.end();
}

void UnreadKinds::count(std::string_view name) {
  if (const PictureKind* const kind = picture_kind(extension_of(name))) ++counts_[kind];
}

std::string UnreadKinds::sentence() const {
  std::vector<std::pair<const PictureKind*, int64_t>> kinds(counts_.begin(), counts_.end());
  std::sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) {  // the most frequent first
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::string text;
  for (const auto& [kind, count] : kinds) {
    text += format("{}{} {}", text.empty() ? "not read: " : ", ", count, kind->name);
    if (kind->package != nullptr) text += format(" (this build lacks {})", kind->package);
  }
  return text;
}

}  // namespace tagloom
