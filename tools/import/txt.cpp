// A folder of pictures with a text file of tags each: IMG.jpg.txt or IMG.txt (caption_tags.h).
#include <algorithm>
#include <set>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/import/caption_tags.h"
#include "tools/import/folder_pictures.h"
#include "tools/import/formats.h"
#include "tools/import/source_files.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLargestCaption = 1 << 20;

// The text file of a picture; empty if it has none.
fs::path caption_path(const fs::path& picture) {
  fs::path with_extension = picture, of_stem = picture;
  with_extension += ".txt";
  of_stem.replace_extension(".txt");
  return is_file(with_extension) ? with_extension : is_file(of_stem) ? of_stem : fs::path();
}

std::string caption_text(const fs::path& file) {
  std::error_code error;
  const uintmax_t size = fs::file_size(file, error);
  TL_CHECK_AS(ErrorKind::kData, error || size <= kLargestCaption,
              "{}: has {} bytes, too many for a picture's tags; the limit is {}", file.string(), size, kLargestCaption);
  return read_text(file);
}

// All text files of a folder have one style, which a short one does not show: commas if any file has one, otherwise spaces if any has an
// underscore.
CaptionStyle style_of_folder(const fs::path& folder) {
  bool commas = false, underscores = false;
  visit_pictures(folder, {[&](const std::string& picture) {
                   const fs::path caption = caption_path(picture);
                   if (caption.empty()) return true;
                   const std::string text = caption_text(caption);
                   commas = text.find(',') != text.npos;
                   underscores |= text.find('_') != text.npos;
                   return !commas;
                 }});
  return underscores && !commas ? CaptionStyle::kBooru : CaptionStyle::kComma;
}

ImportReport read_txt(const ImportRequest& request, const ImportSink& sink) {
  CaptionRules rules;
  rules.keep_underscores = request.keep_underscores;
  rules.keep_meta = request.keep_meta;
  rules.style = request.txt_style == "booru"   ? CaptionStyle::kBooru
                : request.txt_style == "comma" ? CaptionStyle::kComma
                                               : style_of_folder(request.source);
  ImportLoss meta{0, "entry such as rating:safe (--keep-meta keeps it)", "entries such as rating:safe (--keep-meta keeps them)"},
      instructions{0, "prompt instruction, such as <lora:name:1>", "prompt instructions, such as <lora:name:1>"};
  std::set<fs::path> used;
  int64_t texts = 0;
  FolderVisits visits;
  visits.other = [&](std::string_view name) { texts += name.ends_with(".txt"); };
  visits.picture = [&](const std::string& path) {
    ImportedPicture picture{path};
    if (const fs::path caption = caption_path(picture.path); !caption.empty()) {
      CaptionTags found = caption_tags(caption_text(caption), rules, caption.string());
      picture.tags = std::move(found.tags);
      meta.count += found.meta;
      instructions.count += found.instructions;
      used.insert(caption);
    }
    sink(std::move(picture));
    return true;
  };
  visit_pictures(request.source, visits);
  ImportReport report;
  report.order = "as in the text files";
  report.left_out = {{texts - static_cast<int64_t>(used.size()), ".txt file without a picture", ".txt files without a picture"},
                     meta,
                     instructions};
  return report;
}

bool looks_like_txt(const fs::path& source) {
  return first_pictures_fit(source, [](const std::string& picture) { return !caption_path(picture).empty(); });
}

}  // namespace

const DatasetFormat kTxtFormat = {
    "txt", "A text file of tags for each picture, IMG.txt or IMG.jpg.txt, as for captions and image boards.",
    "txt-style keep-underscores keep-meta", looks_like_txt, read_txt};

}  // namespace tagloom
