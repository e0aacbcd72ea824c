#include "tools/predict/writers/caption_writer.h"

#include <unistd.h>

#include <filesystem>
#include <map>

#include "engine/io/atomic_file.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/library/problem_of.h"
#include "tools/predict/writers/caption.h"
#include "tools/predict/writers/folder_sweep.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

// Returns the text of a writable caption, or "" if there is none yet. Throws Error(kData).
std::string writable_caption(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) return "";
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot be read: {}", file, error.message());
  TL_CHECK_AS(ErrorKind::kData, status.type() != fs::file_type::directory, "{}: is a folder, not a caption", file);
  std::string text = read_text(file);  // also rejects anything but a regular file
  const auto any = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  TL_CHECK_AS(ErrorKind::kData, (status.permissions() & any) != fs::perms::none && access(file.c_str(), W_OK) == 0,
              "{}: the caption is read-only and was left unchanged: make it writable, or move it", file);
  const size_t invalid = find_invalid_utf8(text);
  TL_CHECK_AS(ErrorKind::kData, invalid == text.npos,
              "{}: byte {} is not UTF-8, and the caption was left unchanged: save it as UTF-8", file, invalid + 1);
  return text;
}

class CaptionWriter : public TagWriter {
 public:
  CaptionWriter(std::string prefix, bool overwrite) : prefix_(std::move(prefix)), overwrite_(overwrite) {}

  std::string write(const TaggedPicture& picture) override {
    return problem_of([&] { write_caption(picture); });
  }

 private:
  void write_caption(const TaggedPicture& picture) {
    const fs::path path = fs::absolute(picture.path).lexically_normal();
    const std::string file = fs::path(picture.path).replace_extension(".txt").string();
    const auto [owner, first] = owners_.emplace(fs::hash_value(fs::path(path).replace_extension()), fs::hash_value(path));
    TL_CHECK_AS(ErrorKind::kData, first || owner->second == fs::hash_value(path),
                "{}: its caption {} has already been written for another picture of that name: rename one of them", picture.path,
                file);
    sweep_.sweep_folder_of(picture.path);
    std::vector<std::string> tags;
    for (const ScoredTag& tag : picture.tags) tags.push_back(tag.name);
    const std::string old = writable_caption(file);
    const std::string text = add_to_caption(overwrite_ ? "" : old, prefix_, tags);
    if (text == old) return;
    AtomicFile caption(file, static_cast<int64_t>(text.size()));
    caption.write(text);
    caption.commit();
  }

  std::string prefix_;
  bool overwrite_;
  FolderSweep sweep_;
  std::map<size_t, size_t> owners_;  // hash of each caption written -> hash of its picture
};

}  // namespace

std::unique_ptr<TagWriter> make_caption_writer(const TagOptions& options) {
  return std::make_unique<CaptionWriter>(options.caption_prefix, options.overwrite_captions);
}

}  // namespace tagloom
