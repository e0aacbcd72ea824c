// Each cell is a number on a colour whose opacity is the share, which is readable in the light and the dark theme.
#include "engine/report/heat_map.h"

#include <cmath>

#include "engine/report/escape_markup.h"
#include "engine/report/html_text.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr double kDeep = 0.55;  // from this share on, the text takes the page's background colour

std::string heat_cell(int64_t count, int64_t total) {
  if (count == 0) return "<td data-n=\"0\"></td>";
  const double share = static_cast<double>(count) / static_cast<double>(total);
  return format("<td data-n=\"{}\"{} style=\"--v:{}\">{}</td>", count, share >= kDeep ? " class=\"deep\"" : "", decimal(share, 2),
                std::lround(share * 100));
}

}  // namespace

std::string html_heat_map(const ReportHeatMap& map) {
  const size_t width = map.columns.size();
  TL_CHECK(map.counts.size() == map.rows.size() * width && map.totals.size() == map.rows.size(),
           "[heat_map] {} counts and {} totals for {} rows and {} columns", map.counts.size(), map.totals.size(), map.rows.size(),
           width);
  if (map.rows.empty() || width == 0) return "";
  std::string head = "<th></th>", body;
  for (const std::string& column : map.columns) head += format("<th scope=\"col\"><span>{}</span></th>", escape_markup(column));
  for (size_t r = 0; r < map.rows.size(); ++r) {
    body += format("<tr data-n=\"{}\"><th scope=\"row\">{}<small>{}</small></th>", map.totals[r], escape_markup(map.rows[r]),
                   grouped(map.totals[r]));
    for (size_t c = 0; c < width; ++c) {
      body += map.rows[r] == map.columns[c] ? "<td class=\"self\"></td>" : heat_cell(map.counts[r * width + c], map.totals[r]);
    }
    body += "</tr>";
  }
  return format(
      "<div class=\"card heat\"><h3>{}</h3><p class=\"muted\">{}</p><div class=\"scroll\"><table class=\"heat\" "
      "data-sentence=\"{}\">"
      "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></div>",
      escape_markup(map.title), escape_markup(map.about), escape_markup(map.sentence), head, body);
}

}  // namespace tagloom
