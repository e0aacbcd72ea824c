#include "tools/inspect/scan_pictures.h"

#include <sys/stat.h>

#include <cerrno>
#include <span>

#include "engine/data/image.h"
#include "engine/data/picture_kinds.h"
#include "engine/io/hash.h"
#include "kernels/base/error.h"
#include "tools/setup/parallel_rows.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

uint64_t hash_of_pixels(const Image& image) {
  return Hash64().add_number(static_cast<uint64_t>(image.width)).add(std::as_bytes(std::span(image.rgb))).digest();
}

ScannedPicture scan(const PictureRow& row) {
  ScannedPicture picture;
  const fs::path path = row.file();
  struct stat info {};
  if (!row.manifest->pack && ::stat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    picture.missing = true;
    return picture;
  }
  try {
    const PictureContent content = row.content();
    const std::span<const uint8_t> bytes = content.bytes;
    const PictureKind* const named = picture_kind(path.extension().string());
    const std::string_view kind = content_kind(bytes, content.name);
    if (!row.manifest->pack && named != nullptr && !kind.empty() && kind != named->name) {
      picture.named = named->name;
      picture.kind = kind;
    }
    const Image image = decode_image(bytes, content.name);
    picture.width = image.width;
    picture.height = image.height;
    picture.print.readable = true;
    picture.print.file = hash_bytes(std::as_bytes(bytes));
    picture.print.pixels = hash_of_pixels(image);
    picture.print.look = look_of(greys_of(image));
  } catch (const Error& error) {
    picture.problem = error.what();
  }
  return picture;
}

}  // namespace

std::string PictureRow::place() const { return format("{}:{}", manifest->file.filename().string(), entry().line); }

std::vector<PictureRow> rows_of(const std::vector<Manifest>& manifests) {
  size_t count = 0;
  for (const Manifest& manifest : manifests) count += manifest.rows.size();
  std::vector<PictureRow> rows;
  rows.reserve(count);
  for (const Manifest& manifest : manifests) {
    for (size_t i = 0; i < manifest.rows.size(); ++i) rows.push_back({&manifest, static_cast<int64_t>(i)});
  }
  return rows;
}

std::vector<ScannedPicture> scan_pictures(const std::vector<PictureRow>& rows, int64_t threads, Progress& progress) {
  std::vector<ScannedPicture> pictures(rows.size());
  progress.start({.name = "read", .pictures = static_cast<int64_t>(rows.size())});
  for_each_row(static_cast<int64_t>(rows.size()), threads, progress,
               [&](int64_t i) { pictures[static_cast<size_t>(i)] = scan(rows[static_cast<size_t>(i)]); });
  progress.stop();
  return pictures;
}

std::vector<std::vector<PictureCopy>> find_copies(const std::vector<PictureRow>& rows,
                                                  const std::vector<ScannedPicture>& pictures, int64_t threads,
                                                  Progress& progress) {
  std::vector<PicturePrint> prints;
  for (const ScannedPicture& picture : pictures) prints.push_back(picture.print);
  const auto greys = [&](int64_t picture) {
    const PictureContent content = rows[static_cast<size_t>(picture)].content();
    return greys_of(decode_image(content.bytes, content.name, 2 * kLookSide));
  };
  return duplicate_groups(prints, greys, {.threads = threads}, progress);
}

}  // namespace tagloom
