#include "tools/inspect/inspection_text.h"

#include <algorithm>

#include "engine/core/counted.h"
#include "kernels/base/format.h"

namespace tagloom {
namespace {

std::string percent(int64_t part, int64_t whole) {
  return format("{} %", static_cast<double>((1000 * part + whole / 2) / std::max<int64_t>(whole, 1)) / 10);
}

std::string counted_list(const std::vector<CountedTag>& tags, int64_t first, int64_t last, int64_t pictures) {
  std::string text;
  for (int64_t i = std::max<int64_t>(first, 0); i < last; ++i) {
    const CountedTag& tag = tags[static_cast<size_t>(i)];
    text += format("{}{} {} ({})", text.empty() ? "" : ", ", tag.name, tag.pictures, percent(tag.pictures, pictures));
  }
  return text;
}

std::string tags_text(const ManifestFacts& facts, int64_t top) {
  const int64_t tags = static_cast<int64_t>(facts.tags.size());
  std::string text = format("pictures        {}\ntags            {}", facts.pictures, tags);
  if (facts.pictures > 0 && tags > 0) {
    text += format(" different, {} in all, {} per picture\ntags/picture   ", facts.tags_in_all,
                   static_cast<double>((100 * facts.tags_in_all + facts.pictures / 2) / facts.pictures) / 100);
    const char* separator = " ";
    for (const auto& [number, pictures] : facts.pictures_by_tags) {
      text += format("{}{} in {}", separator, number, pictures);
      separator = ", ";
    }
    const int64_t shown = std::min(top, tags);
    text += "\nmost frequent   " + counted_list(facts.tags, 0, shown, facts.pictures);
    if (tags > shown) text += "\nleast frequent  " + counted_list(facts.tags, std::max(shown, tags - top), tags, facts.pictures);
  }
  text += '\n';
  if (facts.untagged > 0) text += format("untagged        {}\n", facts.untagged);
  if (facts.repeated_tags > 0) text += format("repeated tags   {} (a tag twice in one row)\n", facts.repeated_tags);
  if (facts.repeated_pictures > 0) text += format("repeated rows   {} (a picture listed twice)\n", facts.repeated_pictures);
  return text;
}

std::string words_text(const ManifestFacts& facts, int64_t top) {
  std::string text = format("unknown tags    {}", facts.unknown.size());
  if (!facts.unknown.empty())
    text +=
        ": " + counted_list(facts.unknown, 0, std::min<int64_t>(top, static_cast<int64_t>(facts.unknown.size())), facts.pictures);
  text += format("\nunused words    {}", facts.unused.size());
  for (size_t i = 0; i < std::min<size_t>(static_cast<size_t>(top), facts.unused.size()); ++i)
    text.append(i ? ", " : ": ").append(facts.unused[i]);
  return text + '\n';
}

std::string sizes_text(const ManifestFacts& facts, int64_t top) {
  std::string text;
  if (!facts.sizes.empty()) {
    text += "sizes           ";
    const size_t shown = std::min<size_t>(facts.sizes.size(), static_cast<size_t>(top));
    for (size_t i = 0; i < shown; ++i) {
      const auto& [size, count] = facts.sizes[i];
      text += format("{}{}x{} ({})", i ? ", " : "", size.first, size.second, count);
    }
    if (shown < facts.sizes.size()) text += ", " + counted(static_cast<int64_t>(facts.sizes.size() - shown), "other");
    text += '\n';
  }
  return text + format("missing         {}\nunreadable      {}\n", facts.missing.size(), facts.unreadable.size());
}

std::string duplicates_text(const Inspection& inspection) {
  int64_t pictures = 0, near = 0;
  for (const DuplicateGroup& group : inspection.duplicates) {
    pictures += static_cast<int64_t>(group.copies.size());
    near += std::any_of(group.copies.begin(), group.copies.end(),
                        [](const PictureCopy& copy) { return copy.kind == CopyKind::kNear; });
  }
  const int64_t groups = static_cast<int64_t>(inspection.duplicates.size());
  std::string text = format("copies          {}", groups);
  if (groups > 0)
    text += format(" {} of {} pictures: {} of exact copies, {} with near copies", groups == 1 ? "group" : "groups", pictures,
                   groups - near, near);
  text += '\n';
  if (inspection.manifests.size() > 1) text += format("across files    {} of these groups\n", inspection.copies_across());
  if (groups > 0) text += format("different tags  {} of these groups\n", inspection.with_different_tags());
  return text;
}

std::string group_line(const Inspection& inspection, const DuplicateGroup& group) {
  std::string line = group.across ? "copies across manifests: " : "copies: ";
  for (size_t i = 0; i < group.copies.size(); ++i) {
    const PictureCopy& copy = group.copies[i];
    const PictureRow& row = inspection.rows[static_cast<size_t>(copy.picture)];
    line += format("{}{}: {}", i ? ", " : "", row.place(), row.entry().path);
    if (i > 0) line += " (" + copy_text(copy) + ")";
  }
  return line + (group.different_tags ? "; different tags\n" : "\n");
}

std::string similar_line(const SimilarTags& similar) {
  std::string line = "similar tags: ";
  for (size_t i = 0; i < similar.tags.size(); ++i)
    line += format("{}{} {}", i ? ", " : "", similar.tags[i].name, similar.tags[i].pictures);
  for (size_t i = 0; i < similar.differ.size(); ++i) line += (i ? ", " : " (") + similar.differ[i];
  return line + ")\n";
}

// The first `top` lines, and how many more there are.
template <class List, class Line>
std::string first_lines(const List& list, int64_t top, const char* what, const Line& line) {
  std::string text;
  const size_t shown = std::min(list.size(), static_cast<size_t>(top));
  for (size_t i = 0; i < shown; ++i) text += line(list[i]);
  if (shown < list.size()) text += format("{}: {} more (--top, --json or --html list them)\n", what, list.size() - shown);
  return text;
}

}  // namespace

std::string copy_text(const PictureCopy& copy) {
  if (copy.kind == CopyKind::kFile) return "same file";
  if (copy.kind == CopyKind::kPixels) return "same pixels";
  return format("near {:.3f}{}", copy.likeness, copy.mirrored ? ", mirrored" : "");
}

std::string inspection_text(const Inspection& inspection, int64_t top) {
  std::string text;
  for (size_t i = 0; i < inspection.manifests.size(); ++i) {
    const ManifestFacts& facts = inspection.facts[i];
    if (inspection.manifests.size() > 1) text += inspection.manifests[i].file.string() + '\n';
    text += tags_text(facts, top);
    if (inspection.has_words) text += words_text(facts, top);
    if (inspection.has_pictures) text += sizes_text(facts, top);
    if (inspection.manifests.size() > 1) text += '\n';
  }
  if (inspection.has_pictures) text += duplicates_text(inspection);
  if (!inspection.similar.empty())
    text += "similar tags    " + counted(static_cast<int64_t>(inspection.similar.size()), "group") + '\n';
  if (!inspection.misnamed.empty()) text += format("wrong names     {}\n", inspection.misnamed.size());
  for (const ManifestFacts& facts : inspection.facts) {
    for (const std::string& line : facts.missing) text += "missing: " + line + '\n';
    for (const std::string& line : facts.unreadable) text += "unreadable: " + line + '\n';
  }
  text += first_lines(inspection.duplicates, top, "copies",
                      [&](const DuplicateGroup& group) { return group_line(inspection, group); });
  text += first_lines(inspection.similar, top, "similar tags", similar_line);
  return text + first_lines(inspection.misnamed, top, "wrong names", [&](int64_t i) {
           const ScannedPicture& picture = inspection.pictures[static_cast<size_t>(i)];
           const PictureRow& row = inspection.rows[static_cast<size_t>(i)];
           return format("wrong name: {}: {}: has the extension of {} but contains {}\n", row.place(), row.entry().path,
                         picture.named, picture.kind);
         });
}

}  // namespace tagloom
