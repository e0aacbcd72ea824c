// Formats each picture as a card, with an embedded thumbnail.
#include "engine/report/picture_cards.h"

#include <algorithm>
#include <cmath>

#include "engine/report/escape_markup.h"
#include "engine/report/html_text.h"
#include "kernels/base/format.h"

namespace tagloom {
namespace {

std::string thumbnail_image(const ReportSample& sample) {
  if (sample.jpeg.empty()) return "";
  return format("<img loading=\"lazy\" alt=\"{}\" src=\"data:image/jpeg;base64,{}\">", escape_markup(sample.name),
                base64(sample.jpeg));
}

// The true tags, with those that were not predicted marked as missed.
std::string truth_line(const ReportSample& sample) {
  const auto found = [&](const std::string& tag) {
    return std::any_of(sample.predicted.begin(), sample.predicted.end(), [&](const auto& p) { return p.tag == tag; });
  };
  std::string truth;
  for (const std::string& tag : sample.true_tags) {
    truth += format("{}<span{}>{}</span>", truth.empty() ? "" : ", ", found(tag) ? "" : " class=\"missed\"", escape_markup(tag));
  }
  return truth.empty() ? "<span class=\"muted\">no tags</span>" : truth;
}

std::string sample_card(const ReportSample& sample) {
  std::string guesses;
  for (const ReportPrediction& p : sample.predicted) {
    guesses += format("<div class=\"guess {}\"><b>{}</b><span>{}</span><em>{}</em></div>", p.correct ? "right" : "wrong",
                      p.correct ? "✓" : "✗", escape_markup(p.tag), std::isfinite(p.score) ? decimal(p.score, 2) : "");
  }
  const std::string name = escape_markup(sample.name);
  const std::string badge = sample.badge.empty() ? "" : format("<b class=\"badge\">{}</b>", escape_markup(sample.badge));
  return format(
      "<div class=\"card sample\">{}{}<div><small title=\"{}\">{}</small><p "
      "class=\"truth\">{}</p>{}</div></div>",
      thumbnail_image(sample), badge, name, name, truth_line(sample), guesses);
}

std::string step_tag(const ReportStepTag& tag) {
  std::string classes = tag.is_end ? "end" : tag.correct ? "right" : "wrong";
  if (tag.chosen) classes += " chosen";
  if (tag.taken_before) classes += " taken";
  return format("<li class=\"{}\" style=\"--part:{}%\"{}><span>{}{}</span><em>{}</em></li>", classes,
                decimal(std::clamp(tag.probability, 0.0, 1.0) * 100, 1),
                tag.taken_before ? " title=\"chosen at an earlier step\"" : "",
                tag.is_end    ? ""
                : tag.correct ? "✓ "
                              : "✗ ",
                escape_markup(tag.tag), decimal(tag.probability, 2));
}

}  // namespace

std::string html_pictures(const std::vector<ReportSample>& samples) {
  std::string out;
  for (const ReportSample& sample : samples) out += sample_card(sample);
  return out.empty() ? "" : format("<div class=\"samples\">{}</div>", out);
}

std::string html_path(const ReportPath& path) {
  std::string steps;
  for (size_t t = 0; t < path.steps.size(); ++t) {
    steps += format("<div class=\"step\"><small>step {}</small><ol>", t + 1);
    for (const ReportStepTag& tag : path.steps[t]) steps += step_tag(tag);
    steps += "</ol></div>";
  }
  const std::string name = escape_markup(path.picture.name);
  return format(
      "<div class=\"card path\"><div class=\"seen\">{}<small title=\"{}\">{}</small><p class=\"truth\">{}</p></div>"
      "<div class=\"steps\">{}</div></div>",
      thumbnail_image(path.picture), name, name, truth_line(path.picture), steps);
}

}  // namespace tagloom
