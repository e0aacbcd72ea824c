#include "tools/library/sidecar.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "engine/io/atomic_file.h"
#include "engine/io/folder.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/library/rewrite_file.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom {
namespace {

constexpr int64_t kLargestSidecar = 32 << 20;
constexpr const char* kPictures[] = {"jpg",  "jpeg", "jpe",  "jfif", "png", "tif", "tiff",
                                     "webp", "heic", "heif", "avif", "jxl", "gif", "bmp"};
constexpr const char* kRaw[] = {"cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "dng", "orf", "raf", "rw2", "pef", "srw",
                                "x3f", "3fr", "fff", "iiq", "erf", "kdc", "dcr", "mos", "mrw", "raw", "rwl", "mef", "gpr"};

// Throws Error(kData) if that cannot be determined.
bool exists(const std::string& path) {
  struct stat info {};
  const int error = ::lstat(path.c_str(), &info) == 0 ? 0 : errno;
  const bool is_absent = error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
  TL_CHECK_AS(ErrorKind::kData, error == 0 || is_absent, "{}: {}", path, std::strerror(error));
  return error == 0;
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

// Returns the path without its extension.
std::string stem_of(const std::string& path) {
  const size_t slash = path.rfind('/'), dot = path.rfind('.');
  const size_t name = slash == std::string::npos ? 0 : slash + 1;
  return dot == std::string::npos || dot <= name ? path : path.substr(0, dot);
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

bool is_raw(const std::string& picture) {
  const std::string extension = upper(picture.substr(std::min(picture.size(), stem_of(picture).size() + 1)));
  return std::ranges::any_of(kRaw, [&](const char* raw) { return extension == upper(raw); });
}

bool owns_stem(const std::string& picture) {
  const std::string stem = stem_of(picture);
  if (stem == picture) return false;
  if (is_raw(picture)) return true;
  const auto is_another = [&](const std::string& extension) {
    const std::string other = stem + "." + extension;
    return exists(other) && !same_file(other, picture);
  };
  const auto has_another = [&](const auto& extensions) {
    return std::ranges::any_of(extensions, [&](const char* each) { return is_another(each) || is_another(upper(each)); });
  };
  return !has_another(kPictures) && !has_another(kRaw);
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

void remove_sidecar(const std::string& path) {
  const int error = ::unlink(path.c_str()) == 0 ? sync_folder(folder_of(path)) : errno;
  TL_CHECK_AS(ErrorKind::kData, error == 0, "{}: cannot remove: {}", path, std::strerror(error));
}

bool edit_sidecar(const std::string& path, const KeywordRequest& request) {
  const FileState state = state_of_writable(path);
  const std::string before = read_sidecar(path);
  TL_CHECK_AS(ErrorKind::kData, !before.empty(), "{}: is empty: delete it, and run the command again", path);
  const PacketEdit edit = edit_packet(before, request, path);
  if (!edit.plan.changes) return false;
  if (edit.packet.empty()) {
    remove_sidecar(path);
  } else {
    rewrite_file(path, state, edit.packet);
  }
  return true;
}

}  // namespace

std::vector<std::string> sidecars_of(const std::string& picture) {
  std::vector<std::string> found;
  const auto look_for = [&](const std::string& path) {
    const bool is_new = std::ranges::none_of(found, [&](const std::string& other) { return same_file(path, other); });
    if (exists(path) && is_new) found.push_back(path);
  };
  for (const char* extension : {".xmp", ".XMP"}) look_for(picture + extension);
  for (const char* extension : {".xmp", ".XMP"}) {
    const std::string path = stem_of(picture) + extension;
    if (exists(path) && owns_stem(picture)) look_for(path);
  }
  return found;
}

std::string sidecar_to_write(const std::string& picture, SidecarName name) {
  const std::vector<std::string> found = sidecars_of(picture);
  if (!found.empty()) return found[0];
  return name == SidecarName::kStemXmp && owns_stem(picture) ? stem_of(picture) + ".xmp" : picture + ".xmp";
}

std::string read_sidecar(const std::string& path) {
  struct stat info {};
  const bool is_huge = ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > kLargestSidecar;
  TL_CHECK_AS(ErrorKind::kData, !is_huge, "{}: has {} bytes; the limit for sidecars is {}", path, info.st_size, kLargestSidecar);
  return read_text(path);
}

bool write_sidecar(const std::string& picture, SidecarName name, const KeywordRequest& request) {
  bool changed = false;
  if (request.undo) {
    for (const std::string& path : sidecars_of(picture)) changed |= edit_sidecar(path, request);
    return changed;
  }
  const std::string path = sidecar_to_write(picture, name);
  if (exists(path)) return edit_sidecar(path, request);
  const PacketEdit edit = edit_packet("", request, path);
  if (!edit.plan.changes) return false;
  AtomicFile file(path);
  file.write(edit.packet);
  file.commit();
  return true;
}

}  // namespace tagloom
