#include "tools/split/split_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/core/counted.h"
#include "kernels/base/format.h"

namespace tagloom {
namespace {

void measure_part(PartReport& part, const std::vector<int64_t>& in_all) {
  for (size_t tag = 0; tag < in_all.size(); ++tag) {
    const auto all = static_cast<double>(in_all[tag]), here = static_cast<double>(part.with_tag[tag]);
    if (part.with_tag[tag] > 0)
      ++part.tags;
    else
      part.absent.push_back(static_cast<int32_t>(tag));
    if (const double by = here - part.share * all; part.furthest < 0 || std::abs(by) > std::abs(part.furthest_by)) {
      part.furthest = static_cast<int32_t>(tag);
      part.furthest_by = by;
    }
    part.mean_error += std::abs(here / all - part.share) / static_cast<double>(in_all.size());
  }
  std::stable_sort(part.absent.begin(), part.absent.end(),
                   [&](int32_t a, int32_t b) { return in_all[static_cast<size_t>(a)] > in_all[static_cast<size_t>(b)]; });
}

std::string one_decimal(double value) { return format("{}", std::round(value * 10) / 10); }

std::string padded(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

}  // namespace

SplitReport report_split(const Manifest& manifest, const SplitRows& rows, const std::vector<SplitPart>& parts) {
  SplitReport report;
  report.with_tag.resize(manifest.tag_names.size());
  for (const SplitPart& part : parts)
    report.parts.push_back({.name = part.name, .share = part.share, .with_tag = report.with_tag});
  for (size_t row = 0; row < rows.part.size(); ++row) {
    PartReport& part = report.parts[static_cast<size_t>(rows.part[row])];
    ++part.pictures;
    for (const int32_t tag : manifest.rows[row].tags) {
      ++part.with_tag[static_cast<size_t>(tag)];
      ++report.with_tag[static_cast<size_t>(tag)];
    }
  }
  for (PartReport& part : report.parts) measure_part(part, report.with_tag);
  return report;
}

std::string split_text(const Manifest& manifest, const SplitReport& report, int64_t top) {
  const auto all = static_cast<double>(std::max<size_t>(manifest.rows.size(), 1));
  std::vector<std::vector<std::string>> table = {{"part", "pictures", "share", "tags", "absent", "furthest from its share"}};
  for (const PartReport& part : report.parts) {
    table.push_back(
        {part.name, format("{}", part.pictures),
         one_decimal(100 * static_cast<double>(part.pictures) / all) + " % of " + one_decimal(100 * part.share) + " %",
         format("{}", part.tags), format("{}", part.absent.size())});
    if (part.furthest < 0) continue;
    table.back().push_back(format("{}: {}, {}{}", manifest.tag_names[static_cast<size_t>(part.furthest)],
                                  counted(part.with_tag[static_cast<size_t>(part.furthest)], "picture"),
                                  part.furthest_by > 0 ? "+" : "", one_decimal(part.furthest_by)));
  }
  std::vector<size_t> widths(table[0].size());
  for (const auto& line : table) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size() + 2);
  }
  std::string text;
  for (const auto& line : table) {
    for (size_t i = 0; i < line.size(); ++i) text += i + 1 < line.size() ? padded(line[i], widths[i]) : line[i];
    text += '\n';
  }
  for (const PartReport& part : report.parts) {
    const size_t shown = std::min(part.absent.size(), static_cast<size_t>(top));
    for (size_t i = 0; i < shown; ++i) {
      const auto tag = static_cast<size_t>(part.absent[i]);
      text += i == 0 ? "absent from " + part.name + ": " : ", ";
      text += format("{} ({})", manifest.tag_names[tag], report.with_tag[tag]);
    }
    if (shown == 0) continue;
    if (shown < part.absent.size()) text += format(", {} more", part.absent.size() - shown);
    text += '\n';
  }
  return text;
}

nlohmann::ordered_json split_json(const Manifest& manifest, const SplitReport& report) {
  using Json = nlohmann::ordered_json;
  Json parts = Json::array();
  for (const PartReport& part : report.parts) {
    Json::object_t absent, counts;  // json[name] would compare each name with all before it
    for (const int32_t tag : part.absent)
      absent.push_back({manifest.tag_names[static_cast<size_t>(tag)], report.with_tag[static_cast<size_t>(tag)]});
    for (size_t tag = 0; tag < part.with_tag.size(); ++tag) counts.push_back({manifest.tag_names[tag], part.with_tag[tag]});
    Json json = {{"part", part.name}, {"share", part.share}, {"pictures", part.pictures}, {"tags", part.tags}};
    json["absent_tags"] = std::move(absent);
    json["mean_error"] = part.mean_error;
    if (part.furthest >= 0)
      json["furthest_tag"] = {{"tag", manifest.tag_names[static_cast<size_t>(part.furthest)]},
                              {"pictures_from_share", part.furthest_by}};
    json["pictures_with_tag"] = std::move(counts);
    parts.push_back(std::move(json));
  }
  return parts;
}

}  // namespace tagloom
