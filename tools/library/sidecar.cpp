#include "tools/library/sidecar.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include "engine/data/picture_kinds.h"
#include "engine/io/atomic_file.h"
#include "engine/io/folder.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/library/problem_of.h"
#include "tools/library/rewrite_file.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom {
namespace {

constexpr int64_t kLargestSidecar = 32 << 20;
constexpr std::string_view kRaw[] = {"cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "dng",
                                     "orf", "raf", "rw2", "pef", "srw", "x3f", "3fr", "fff", "iiq",
                                     "erf", "kdc", "dcr", "mos", "mrw", "raw", "rwl", "mef", "gpr"};

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

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

bool is_raw(std::string extension) {
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension.starts_with('.') && std::ranges::find(kRaw, extension.substr(1)) != std::end(kRaw);
}

// A video does not count: phones record one with a photograph.
bool is_picture(const std::string& extension) {
  const PictureKind* const kind = picture_kind(extension);
  return is_raw(extension) || (kind != nullptr && kind->name != std::string_view("video"));
}

// Calls `visit` with the extension, such as ".jpg", of every other picture that has the same name otherwise.
void visit_namesakes(const std::string& picture, const std::function<void(const std::string&)>& visit) {
  const std::string stem = stem_of(picture), name = std::filesystem::path(stem).filename().string();
  std::error_code error;
  for (std::filesystem::directory_iterator file(folder_of(picture), error), end; !error && file != end; file.increment(error)) {
    const std::string other = file->path().filename().string();
    if (!other.starts_with(name)) continue;
    const std::string extension = other.substr(name.size());
    if (is_picture(extension) && !same_file(stem + extension, picture)) visit(extension);
  }
  const bool is_absent = error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  TL_CHECK_AS(ErrorKind::kData, !error || is_absent, "{}: {}", folder_of(picture), error.message());
}

enum class StemOwner { kThis, kAnother, kNobody };

StemOwner stem_owner(const std::string& picture) {
  const std::string stem = stem_of(picture);
  if (stem == picture) return StemOwner::kAnother;
  int others = 0, raw = 0;
  visit_namesakes(picture, [&](const std::string& extension) { ++others, raw += is_raw(extension); });
  if (is_raw(picture.substr(stem.size()))) return raw == 0 ? StemOwner::kThis : StemOwner::kNobody;
  if (raw == 1) return StemOwner::kAnother;
  return others == 0 ? StemOwner::kThis : StemOwner::kNobody;
}

bool owns_stem(const std::string& picture) { return stem_owner(picture) == StemOwner::kThis; }

// Whether Tagloom wrote to the sidecar: false for a file that is not XMP.
bool has_record(const std::string& path) {
  bool found = false;
  problem_of([&] { found = !machine_tags_of(XmpDocument(read_sidecar(path), path)).is_empty(); });
  return found;
}

// Returns IMG.xmp if it belongs to no picture and Tagloom wrote to it, for a picture that owned it then.
std::vector<std::string> abandoned_sidecars(const std::string& picture) {
  std::vector<std::string> found;
  for (const char* extension : {".xmp", ".XMP"}) {
    const std::string path = stem_of(picture) + extension;
    const bool is_new = found.empty() || !same_file(path, found[0]);
    if (is_new && exists(path) && stem_owner(picture) == StemOwner::kNobody && has_record(path)) found.push_back(path);
  }
  return found;
}

void remove_sidecar(const std::string& path) {
  const int error = ::unlink(path.c_str()) == 0 ? sync_folder(folder_of(path)) : errno;
  TL_CHECK_AS(ErrorKind::kData, error == 0, "{}: cannot remove: {}", path, std::strerror(error));
}

bool edit_sidecar(const std::string& path, const KeywordRequest& request) {
  const FileState state = state_of_writable(path);
  const std::string before = read_sidecar(path);
  TL_CHECK_AS(ErrorKind::kData, !before.empty(), "{}: is empty: delete it, and run the command again", path);
  PacketEdit edit = edit_packet(before, request, path);
  if (request.fields.empty() && edit.plan.record.rejected.empty()) edit = edit_packet(before, {.undo = true}, path);
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

bool clear_sidecars(const std::string& picture, const std::string& kept, const std::vector<SuggestedTag>& unwanted) {
  bool changed = false;
  for (const std::string& path : sidecars_of(picture)) {
    if (path != kept && (!unwanted.empty() || has_record(path)))
      changed |= edit_sidecar(path, {.fields = {}, .unwanted = unwanted});
  }
  for (const std::string& path : abandoned_sidecars(picture)) {
    if (path != kept) changed |= edit_sidecar(path, {.fields = {}});
  }
  return changed;
}

bool write_sidecar(const std::string& picture, SidecarName name, const KeywordRequest& request) {
  bool changed = false;
  if (request.undo) {
    for (const std::string& path : sidecars_of(picture)) changed |= edit_sidecar(path, request);
    for (const std::string& path : abandoned_sidecars(picture)) changed |= edit_sidecar(path, request);
    return changed;
  }
  const std::string path = sidecar_to_write(picture, name);
  if (exists(path)) {
    changed = edit_sidecar(path, request);
  } else if (const PacketEdit edit = edit_packet("", request, path); edit.plan.changes) {
    AtomicFile file(path);
    file.write(edit.packet);
    file.commit();
    changed = true;
  }
  return clear_sidecars(picture, path, request.unwanted) || changed;
}

}  // namespace tagloom
