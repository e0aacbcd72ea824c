// Builds each section of report.html and joins them to a page.
#include "engine/report/html_report.h"

#include <algorithm>
#include <cmath>

#include "engine/report/escape_markup.h"
#include "engine/report/heat_map.h"
#include "engine/report/html_style.h"
#include "engine/report/html_text.h"
#include "engine/report/picture_cards.h"
#include "engine/report/svg_chart.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

struct Section {
  const char* id;
  const char* title;
  std::string content;
};

// Metrics up to 1 are fractions; larger values are counts or losses.
std::string metric_text(double value) {
  const bool count = std::isfinite(value) && value == std::floor(value) && std::abs(value) >= 2;
  return count ? grouped(static_cast<int64_t>(value)) : decimal(value, std::abs(value) < 10 ? 3 : 1);
}

std::string key_numbers(const ReportData& data) {
  std::string cards;
  for (const ReportMetric& metric : data.metrics) {
    if (!metric.headline) continue;
    cards += format("<div title=\"{}\"><b>{}</b><span>{}</span></div>", escape_markup(metric.definition),
                    metric_text(metric.value), escape_markup(metric.name));
  }
  std::string out = cards.empty() ? "" : format("<div class=\"numbers\">{}</div>", cards);
  for (const std::string& note : data.notes) out += format("<p class=\"note\">{}</p>", escape_markup(note));
  return out;
}

std::string charts(const ReportData& data) {
  std::string out;
  for (const ReportChart& chart : data.charts) out += svg_chart(chart);
  return out.empty() ? "" : format("<div class=\"charts\">{}</div>", out);
}

constexpr char kPictureKey[] =
    "<p class=\"key\"><span>Under a picture: its true tags (<span class=\"missed\">missed ones dotted</span>), then the "
    "predicted tags, best first:</span><span><b class=\"right\">✓ right</b></span><span><b class=\"wrong\">✗ "
    "wrong</b></span></p>";

std::string samples(const ReportData& data) { return data.samples.empty() ? "" : kPictureKey + html_pictures(data.samples); }

std::string galleries(const ReportData& data) {
  std::string out;
  for (const ReportGallery& gallery : data.galleries) {
    if (gallery.samples.empty()) continue;
    out += format("<h3>{}</h3><p class=\"note\">{}</p>{}", escape_markup(gallery.title), escape_markup(gallery.about),
                  html_pictures(gallery.samples));
  }
  return out;
}

std::string paths(const ReportData& data) {
  std::string out;
  for (const ReportPath& path : data.paths) out += html_path(path);
  if (out.empty()) return "";
  return format(
      "<p class=\"key\"><span>{}</span><span><b class=\"right\">✓ true</b></span><span><b class=\"wrong\">✗ not true</b></span>"
      "<span><b class=\"picked\">chosen</b></span></p><div class=\"paths\">{}</div>",
      escape_markup(data.paths_about), out);
}

std::string heat_maps(const ReportData& data) {
  std::string out;
  for (const ReportHeatMap& map : data.heat_maps) out += html_heat_map(map);
  return out;
}

std::string precision_recall(const ReportData& data) {
  std::string whole, small;
  for (const ReportChart& chart : data.precision_recall) (chart.small ? small : whole) += svg_chart(chart);
  if (whole.empty() && small.empty()) return "";
  return format("<p class=\"key\"><span>{}</span></p><div class=\"charts\">{}<div class=\"small\">{}</div></div>",
                escape_markup(data.precision_recall_about), whole, small);
}

std::string number_cell(double value, int decimals) {
  return format("<td data-v=\"{}\">{}</td>", std::isfinite(value) ? decimal(value, 6) : "", decimal(value, decimals));
}

std::string count_cell(int64_t value) { return format("<td data-v=\"{}\">{}</td>", value, grouped(value)); }

std::string bar_cell(double value) {
  if (!std::isfinite(value)) return number_cell(value, 3);
  return format("<td class=\"bar\" data-v=\"{}\" style=\"--part:{}%\">{}</td>", decimal(value, 6),
                decimal(std::clamp(value, 0.0, 1.0) * 100, 1), decimal(value, 3));
}

// A thumbnail of the curve; the page's script enlarges it.
std::string curve_cell(const std::vector<std::pair<double, double>>& curve) {
  if (curve.empty()) return "<td></td>";
  std::string path;
  for (const auto& [x, y] : curve) path += format("{}{:.0f} {:.0f}", path.empty() ? "M" : "L", x * 400, (1 - y) * 200);
  return format("<td class=\"curve\"><svg viewBox=\"-4 -4 408 208\"><path class=\"c1\" d=\"{}\"/></svg></td>", path);
}

std::string tag_table(const ReportData& data) {
  if (data.tags.empty()) return "";
  const bool has_training =
      std::any_of(data.tags.begin(), data.tags.end(), [](const ReportTag& t) { return t.training_pictures >= 0; });
  const bool has_ap =
      std::any_of(data.tags.begin(), data.tags.end(), [](const ReportTag& t) { return std::isfinite(t.average_precision); });
  std::string head = "<th data-kind=\"text\"><button>tag</button></th>";
  const auto column = [&head](const char* name, const char* meaning) {
    head += format("<th data-kind=\"number\" title=\"{}\"><button>{}</button></th>", meaning, name);
  };
  if (has_training) column("training", "training pictures with the tag");
  column("pictures", "evaluated pictures with the tag");
  column("predicted", "evaluated pictures for which the tag was predicted");
  column("correct", "evaluated pictures with the tag for which it was predicted");
  column("precision", "correct / predicted");
  column("recall", "correct / pictures");
  column("F1", "2 · precision · recall / (precision + recall)");
  if (has_ap) column("AP", "average precision of the ranking of pictures by this tag's score");
  const bool has_curve = std::any_of(data.tags.begin(), data.tags.end(), [](const ReportTag& t) { return !t.curve.empty(); });
  if (has_curve) head += "<th title=\"precision (y axis) against recall (x axis), both from 0 to 1\">curve</th>";
  std::string rows;
  for (const ReportTag& tag : data.tags) {
    rows += format("<tr><td>{}</td>", escape_markup(tag.name));
    if (has_training) rows += tag.training_pictures < 0 ? number_cell(kNotKnown, 0) : count_cell(tag.training_pictures);
    rows += count_cell(tag.pictures) + count_cell(tag.predicted) + count_cell(tag.correct);
    rows += number_cell(tag.precision, 3) + number_cell(tag.recall, 3) + bar_cell(tag.f1);
    if (has_ap) rows += number_cell(tag.average_precision, 3);
    if (has_curve) rows += curve_cell(tag.curve);
    rows += "</tr>";
  }
  return format(
      "<div class=\"tools\"><input type=\"search\" placeholder=\"Filter tags\" aria-label=\"Filter tags\" "
      "data-filter=\"tags-table\">"
      "<span><span id=\"tags-table-count\">{}</span> of {} tags; a click on a heading sorts</span></div>"
      "<div class=\"card scroll\"><table class=\"sortable\" "
      "id=\"tags-table\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
      data.tags.size(), data.tags.size(), head, rows);
}

std::string metric_table(const ReportData& data) {
  std::string rows;
  for (const ReportMetric& metric : data.metrics) {
    rows += format("<tr><td>{} <code class=\"muted\">{}</code></td><td>{}</td><td class=\"text\">{}</td></tr>",
                   escape_markup(metric.name), escape_markup(metric.key), metric_text(metric.value),
                   escape_markup(metric.definition));
  }
  if (rows.empty()) return "";
  return format(
      "<div class=\"card scroll\"><table><thead><tr><th>metric</th><th>value</th><th "
      "class=\"text\">definition</th></tr></thead>"
      "<tbody>{}</tbody></table></div>",
      rows);
}

std::string facts(const ReportData& data) {
  std::string out;
  for (const ReportFacts& group : data.facts) {
    out += format("<div class=\"card\"><h3>{}</h3><dl>", escape_markup(group.title));
    for (const auto& [name, value] : group.facts)
      out += format("<dt>{}</dt><dd>{}</dd>", escape_markup(name), escape_markup(value));
    out += "</dl></div>";
  }
  if (!out.empty()) out = format("<div class=\"facts\">{}</div>", out);
  if (!data.settings.empty()) {
    out += format("<details><summary>All settings (config.toml)</summary><pre>{}</pre></details>", escape_markup(data.settings));
  }
  return out;
}

}  // namespace

std::string html_report(const ReportData& data) {
  const Section sections[] = {{"curves", "Curves", charts(data)},
                              {"precision-recall", "Precision and recall", precision_recall(data)},
                              {"pictures", "Sample pictures", samples(data)},
                              {"extremes", "Best and worst pictures", galleries(data)},
                              {"steps", "Step by step", paths(data)},
                              {"tags", "Tags", tag_table(data)},
                              {"pairs", "Pairs of tags", heat_maps(data)},
                              {"metrics", "Metrics and their definitions", metric_table(data)},
                              {"run", "The run", facts(data)}};
  std::string links, body;
  for (const Section& section : sections) {
    if (section.content.empty()) continue;
    links += format("<a href=\"#{}\">{}</a>", section.id, section.title);
    body += format("<section id=\"{}\"><h2>{}</h2>{}</section>\n", section.id, section.title, section.content);
  }
  const std::string title = escape_markup(data.title);
  return format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, "
      "initial-scale=1\"><title>{}</title>\n<style>{}</style></head>\n<body><header><h1>{}</h1><p>{}</"
      "p><p>{}</p><nav>{}</nav></header>\n"
      "<main>{}\n{}</main>\n<script>{}</script></body></html>\n",
      title, kReportStyle, title, escape_markup(data.subtitle), escape_markup(data.made), links, key_numbers(data), body,
      kReportScript);
}

}  // namespace tagloom
