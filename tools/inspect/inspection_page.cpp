#include "tools/inspect/inspection_page.h"

#include <algorithm>

#include "engine/report/escape_markup.h"
#include "engine/report/html_style.h"
#include "engine/report/html_text.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/command_line/version.h"
#include "tools/inspect/inspection_text.h"
#include "tools/setup/thumbnail.h"

namespace tagloom {

extern const char kInspectionStyle[];  // page.css

namespace {

constexpr size_t kMostGroups = 200, kMostCopies = 8, kMostSamples = 24;
constexpr int kShownSide = 240;

// Text of a file or manifest, for HTML.
std::string shown(const std::string& text) { return escape_markup(with_replacements(text)); }

std::vector<uint8_t> thumbnail_of(const PictureRow& row) {
  try {
    return thumbnail_jpeg(row.content(), kShownSide);
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::string> tag_names(const PictureRow& row) {
  std::vector<std::string> names;
  for (const int32_t tag : row.entry().tags) names.push_back(row.manifest->tag_names[static_cast<size_t>(tag)]);
  return names;
}

std::string number_card(int64_t number, const char* name) {
  return format("<div><b>{}</b><span>{}</span></div>", grouped(number), name);
}

std::string key_numbers(const Inspection& inspection) {
  int64_t pictures = 0, problems = 0;
  std::set<std::string> tags;
  for (const ManifestFacts& facts : inspection.facts) {
    pictures += facts.pictures;
    for (const CountedTag& tag : facts.tags) tags.insert(tag.name);
    problems += static_cast<int64_t>(facts.missing.size() + facts.unreadable.size());
  }
  std::string cards = number_card(pictures, "pictures");
  cards += number_card(static_cast<int64_t>(tags.size()), "tags");
  if (inspection.has_pictures) {
    if (inspection.manifests.size() > 1) cards += number_card(inspection.copies_across(), "groups of copies across manifests");
    cards += number_card(static_cast<int64_t>(inspection.duplicates.size()), "groups of copies");
    cards += number_card(inspection.with_different_tags(), "of them with different tags");
  }
  cards += number_card(static_cast<int64_t>(inspection.similar.size()), "groups of similar tags");
  if (inspection.has_pictures) cards += number_card(problems, "missing or unreadable");
  return format("<div class=\"numbers\">{}</div>", cards);
}

// A picture of a group; tags that only some pictures of the group have are marked.
std::string copy_card(const Inspection& inspection, const DuplicateGroup& group, const PictureCopy& copy, bool first) {
  const PictureRow& row = inspection.rows[static_cast<size_t>(copy.picture)];
  const auto everywhere = [&](const std::string& tag) {
    return std::all_of(group.copies.begin(), group.copies.end(), [&](const PictureCopy& other) {
      const std::vector<std::string> names = tag_names(inspection.rows[static_cast<size_t>(other.picture)]);
      return std::find(names.begin(), names.end(), tag) != names.end();
    });
  };
  std::string tags;
  for (const std::string& tag : tag_names(row))
    tags += format("{}<span{}>{}</span>", tags.empty() ? "" : ", ", everywhere(tag) ? "" : " class=\"only\"", shown(tag));
  const ScannedPicture& picture = inspection.pictures[static_cast<size_t>(copy.picture)];
  const std::vector<uint8_t> jpeg = thumbnail_of(row);
  const std::string image = jpeg.empty()
                                ? "<div class=\"none\">no longer readable</div>"
                                : format("<img loading=\"lazy\" alt=\"\" src=\"data:image/jpeg;base64,{}\">", base64(jpeg));
  const std::string path = shown(std::string(row.entry().path));
  return format("<div class=\"copy\">{}<small title=\"{}\">{}</small><div><b>{}</b> {} × {}{}</div><p>{}</p></div>", image, path,
                path, shown(row.place()), picture.width, picture.height, first ? "" : ", " + copy_text(copy),
                tags.empty() ? "<span class=\"muted\">no tags</span>" : tags);
}

std::string group_card(const Inspection& inspection, const DuplicateGroup& group) {
  std::string cards;
  const size_t shown_copies = std::min(group.copies.size(), kMostCopies);
  for (size_t i = 0; i < shown_copies; ++i) cards += copy_card(inspection, group, group.copies[i], i == 0);
  std::string head = format("{} pictures", group.copies.size());
  if (group.across) head += "<span class=\"pill across\">across manifests</span>";
  if (group.different_tags) head += "<span class=\"pill tags\">different tags</span>";
  if (shown_copies < group.copies.size())
    head += format("<span class=\"pill\">{} more</span>", group.copies.size() - shown_copies);
  return format("<div class=\"card group{}\"><h3>{}</h3><div class=\"row\">{}</div></div>", shown_copies > 2 ? " many" : "", head,
                cards);
}

std::string duplicates(const Inspection& inspection) {
  if (inspection.duplicates.empty()) return "";
  std::string out =
      "<p class=\"key\"><span>Copies are the same file, the same pixels, or near copies: saved again, resized, cropped a "
      "little or mirrored. The number is the correlation of the two pictures. Tags that only some copies have are "
      "<span class=\"missed\">dotted</span>.</span></p>";
  const size_t groups = std::min(inspection.duplicates.size(), kMostGroups);
  out += "<div class=\"groups\">";
  for (size_t i = 0; i < groups; ++i) out += group_card(inspection, inspection.duplicates[i]);
  out += "</div>";
  if (groups < inspection.duplicates.size())
    out += format("<p class=\"note\">{} more groups are in the output of --json.</p>", inspection.duplicates.size() - groups);
  return out;
}

std::string similar(const Inspection& inspection) {
  if (inspection.similar.empty()) return "";
  std::string rows;
  for (const SimilarTags& group : inspection.similar) {
    std::string others, differ;
    for (size_t i = 1; i < group.tags.size(); ++i)
      others += format("{}{} <span class=\"muted\">{}</span>", i > 1 ? ", " : "", shown(group.tags[i].name),
                       grouped(group.tags[i].pictures));
    for (const std::string& one : group.differ) differ += (differ.empty() ? "" : ", ") + one;
    rows += format(
        "<tr><td class=\"names\">{} <span class=\"muted\">{}</span></td><td class=\"names\">{}</td><td "
        "class=\"text\">{}</td></tr>",
        shown(group.tags[0].name), grouped(group.tags[0].pictures), others, differ);
  }
  return format(
      "<div class=\"card scroll\"><table><thead><tr><th>most frequent</th><th class=\"names\">similar</th><th "
      "class=\"text\">they differ "
      "in</th></tr></thead><tbody>{}</tbody></table></div><details><summary>Rules that merge them (tagpredict --rename "
      "FILE)</summary><pre>{}</pre></details>",
      rows, shown(rules_of(inspection.similar)));
}

std::string misnamed(const Inspection& inspection) {
  std::string items;
  for (const int64_t i : inspection.misnamed) {
    const ScannedPicture& picture = inspection.pictures[static_cast<size_t>(i)];
    const PictureRow& row = inspection.rows[static_cast<size_t>(i)];
    items += format("<li><b>{}</b> {} has the extension of {} but contains {}</li>", shown(row.place()),
                    shown(std::string(row.entry().path)), picture.named, picture.kind);
  }
  return items.empty() ? "" : format("<ul class=\"card list\">{}</ul>", items);
}

std::string problems(const Inspection& inspection) {
  std::string items;
  for (const ManifestFacts& facts : inspection.facts) {
    for (const std::string& line : facts.missing) items += format("<li>missing: {}</li>", shown(line));
    for (const std::string& line : facts.unreadable) items += format("<li>{}</li>", shown(line));
  }
  return items.empty() ? "" : format("<ul class=\"card list\">{}</ul>", items);
}

// The number of pictures with each tag in each manifest.
std::string tag_counts(const Inspection& inspection) {
  std::map<std::string, std::vector<int64_t>> counts;
  std::string head = "<th data-kind=\"text\"><button>tag</button></th>", rows;
  for (size_t i = 0; i < inspection.facts.size(); ++i) {
    head += format("<th data-kind=\"number\"><button>{}</button></th>", shown(inspection.manifests[i].file.filename().string()));
    for (const CountedTag& tag : inspection.facts[i].tags) {
      std::vector<int64_t>& numbers = counts[tag.name];
      numbers.resize(inspection.facts.size());
      numbers[i] = tag.pictures;
    }
  }
  if (counts.empty()) return "";
  std::vector<std::pair<std::string, std::vector<int64_t>>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [name, numbers] : order) {
    rows += format("<tr><td>{}</td>", shown(name));
    for (const int64_t number : numbers) rows += format("<td data-v=\"{}\">{}</td>", number, grouped(number));
    rows += "</tr>";
  }
  return format(
      "<div class=\"tools\"><input type=\"search\" placeholder=\"Filter tags\" aria-label=\"Filter tags\" "
      "data-filter=\"tags-table\">"
      "<span><span id=\"tags-table-count\">{}</span> of {} tags; click a heading to sort</span></div><div class=\"card "
      "scroll\"><table "
      "class=\"sortable\" id=\"tags-table\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
      order.size(), order.size(), head, rows);
}

std::string samples(const Inspection& inspection) {
  std::string out;
  const size_t rows = inspection.rows.size(), wanted = std::min(kMostSamples, rows);
  for (size_t i = 0; i < wanted; ++i) {
    const PictureRow& row = inspection.rows[i * rows / wanted];
    const std::vector<uint8_t> jpeg = thumbnail_of(row);
    if (jpeg.empty()) continue;
    std::string tags;
    for (const std::string& tag : tag_names(row)) tags += (tags.empty() ? "" : ", ") + shown(tag);
    const std::string path = shown(std::string(row.entry().path));
    out += format(
        "<div class=\"card sample\"><img loading=\"lazy\" alt=\"\" src=\"data:image/jpeg;base64,{}\"><div><small "
        "title=\"{}\">{}</small><p class=\"truth\">{}</p></div></div>",
        base64(jpeg), path, path, tags.empty() ? "<span class=\"muted\">no tags</span>" : tags);
  }
  return out.empty() ? "" : format("<div class=\"samples\">{}</div>", out);
}

}  // namespace

std::string inspection_page(const Inspection& inspection) {
  const struct {
    const char *id, *title;
    std::string content;
  } sections[] = {{"copies", "Copies", duplicates(inspection)},
                  {"similar", "Similar tags", similar(inspection)},
                  {"names", "Files with the wrong extension", misnamed(inspection)},
                  {"problems", "Missing and unreadable pictures", problems(inspection)},
                  {"tags", "Tags", tag_counts(inspection)},
                  {"pictures", "Sample pictures", samples(inspection)}};
  std::string links, body, title;
  for (const auto& section : sections) {
    if (section.content.empty()) continue;
    links += format("<a href=\"#{}\">{}</a>", section.id, section.title);
    body += format("<section id=\"{}\"><h2>{}</h2>{}</section>\n", section.id, section.title, section.content);
  }
  for (const Manifest& manifest : inspection.manifests)
    title += (title.empty() ? "" : ", ") + shown(manifest.file.filename().string());
  return format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"><title>{}</title>\n<style>{}{}</style></head>\n<body><header><h1>{}</h1><p>Made by tagdata "
      "inspect, Tagloom {}</p><nav>{}</nav></header>\n<main>{}\n{}</main>\n<script>{}</script></body></html>\n",
      title, kReportStyle, kInspectionStyle, title, version(), links, key_numbers(inspection), body, kReportScript);
}

}  // namespace tagloom
