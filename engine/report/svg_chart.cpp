// Chooses axis ticks and draws grid, curves and legend.
#include "engine/report/svg_chart.h"

#include <algorithm>
#include <cmath>

#include "engine/report/escape_markup.h"
#include "engine/report/html_text.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr int kColours = 4;  // --curve-1 ... in the page's style

// The size of a chart, and the margins around its plot.
struct Frame {
  double width, height, left, right, top, bottom;
};
constexpr Frame kWhole{560, 256, 52, 14, 12, 40}, kSmall{250, 184, 30, 8, 8, 20};

struct Scale {
  double low, high, from, to;
  double operator()(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

std::string at(double value) { return decimal(value, 1); }

bool is_finite(const std::pair<double, double>& point) { return std::isfinite(point.first) && std::isfinite(point.second); }

// Draws each run of finite points; a single point becomes a dot.
std::string curve_path(const ReportCurve& curve, int colour, const Scale& x, const Scale& y) {
  std::string out, path;
  int length = 0;
  double last_x = 0, last_y = 0;
  const auto finish = [&] {
    if (length == 1) out += format("<circle class=\"c{}\" cx=\"{}\" cy=\"{}\" r=\"3\"/>", colour, at(last_x), at(last_y));
    if (length > 1) out += format("<path class=\"c{}\" d=\"{}\"/>", colour, path);
    path.clear();
    length = 0;
  };
  for (const auto& point : curve.points) {
    if (!is_finite(point)) {
      finish();
      continue;
    }
    last_x = x(point.first);
    last_y = y(point.second);
    path += format("{}{} {}", length == 0 ? "M" : "L", at(last_x), at(last_y));
    ++length;
  }
  finish();
  return out;
}

std::string legend(const ReportChart& chart) {
  std::string out = "<div class=\"legend\">";
  for (size_t i = 0; i < chart.curves.size(); ++i) {
    const ReportCurve& curve = chart.curves[i];
    std::string last = "–";
    for (const auto& point : curve.points) {
      if (is_finite(point)) last = short_number(point.second);
    }
    if (!curve.value.empty()) last = escape_markup(curve.value);
    out += format("<span><i class=\"k{}\"></i>{} <b>{}</b></span>", i % kColours + 1, escape_markup(curve.name), last);
  }
  for (const ReportMark& mark : chart.marks) {
    out += format("<span><i class=\"kmark\"></i>{}</span>", escape_markup(mark.name));
  }
  if (std::isfinite(chart.best_x)) {
    out += format("<span><i class=\"kbest\"></i>best at {} {}</span>", escape_markup(chart.x_name), short_number(chart.best_x));
  }
  return out += "</div>";
}

// [["training",[[1,0.5],...]],...] for the tooltip, each point with its threshold if it has one; escaped for the attribute.
std::string numbers(const ReportChart& chart) {
  std::string out = "[";
  for (const ReportCurve& curve : chart.curves) {
    std::string name;
    for (const char c : curve.name) {
      if (c == '"' || c == '\\') name += '\\';
      if (static_cast<unsigned char>(c) >= 0x20) name += c;
    }
    out += format("{}[\"{}\",[", out.size() > 1 ? "," : "", name);
    bool first = true;
    for (size_t i = 0; i < curve.points.size(); ++i) {
      const auto& point = curve.points[i];
      if (!is_finite(point)) continue;
      const std::string threshold = curve.thresholds.empty() ? "" : format(",{:.4g}", curve.thresholds[i]);
      out += chart.fractions ? format("{}[{:.4g},{:.4g}{}]", first ? "" : ",", point.first, point.second, threshold)
                             : format("{}[{:.9g},{:.5g}{}]", first ? "" : ",", point.first, point.second, threshold);
      first = false;
    }
    out += "]]";
  }
  return escape_markup(out += "]");
}

}  // namespace

std::vector<double> axis_ticks(double low, double high, int wanted) {
  if (!(high > low)) {  // a single value gets a margin around it
    const double room = low == 0 ? 1 : std::abs(low) * 0.1;
    high = low + room;
    low -= room;
  }
  const double raw = (high - low) / std::max(1, wanted - 1);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= raw * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const auto first = static_cast<int64_t>(std::floor(low / step + 1e-9)),
             last = static_cast<int64_t>(std::ceil(high / step - 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string svg_chart(const ReportChart& chart) {
  double x_low = INFINITY, x_high = -INFINITY, y_low = INFINITY, y_high = -INFINITY;
  for (const ReportCurve& curve : chart.curves) {
    for (const auto& point : curve.points) {
      if (!is_finite(point)) continue;
      x_low = std::min(x_low, point.first);
      x_high = std::max(x_high, point.first);
      y_low = std::min(y_low, point.second);
      y_high = std::max(y_high, point.second);
    }
  }
  const Frame& frame = chart.small ? kSmall : kWhole;
  std::string title = escape_markup(chart.title);
  if (!std::isfinite(x_low))
    return format("<figure class=\"chart\"><h3>{}</h3><p class=\"muted\">no values yet</p></figure>", title);
  if (chart.fractions) {
    x_low = y_low = 0;
    x_high = y_high = 1;
  } else if (x_low == x_high) {
    x_low -= 0.5;
    x_high += 0.5;
  }
  const std::vector<double> y_ticks = axis_ticks(y_low, y_high, chart.small ? 3 : 5);
  const Scale x{x_low, x_high, frame.left, frame.width - frame.right},
      y{y_ticks.front(), y_ticks.back(), frame.height - frame.bottom, frame.top};

  std::string svg;
  for (const double tick : y_ticks) {
    svg += format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", at(frame.left), at(frame.width - frame.right),
                  at(y(tick)), at(y(tick)));
    svg += format("<text x=\"{}\" y=\"{}\" class=\"ylabel\">{}</text>", at(frame.left - 8), at(y(tick) + 4), short_number(tick));
  }
  for (const double tick : axis_ticks(x_low, x_high, chart.small ? 3 : 8)) {
    if (tick < x_low || tick > x_high) continue;
    svg += format("<text x=\"{}\" y=\"{}\" class=\"xlabel\">{}</text>", at(x(tick)), at(frame.height - frame.bottom + 18),
                  short_number(tick));
  }
  if (!chart.small) {
    svg += format("<text x=\"{}\" y=\"{}\" class=\"xname\">{}</text>", at(frame.width - frame.right), at(frame.height - 5),
                  escape_markup(chart.x_name));
  }
  if (chart.best_x >= x_low && chart.best_x <= x_high) {
    svg += format("<line class=\"best\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", at(x(chart.best_x)), at(x(chart.best_x)),
                  at(frame.top), at(frame.height - frame.bottom));
  }
  for (size_t i = 0; i < chart.curves.size(); ++i) svg += curve_path(chart.curves[i], static_cast<int>(i % kColours) + 1, x, y);
  for (const ReportMark& mark : chart.marks) {
    svg += format("<circle class=\"mark\" cx=\"{}\" cy=\"{}\" r=\"4.5\"/>", at(x(mark.x)), at(y(mark.y)));
  }
  const std::string label = title;
  if (chart.small && !chart.curves.empty()) title += format(" <span>{}</span>", escape_markup(chart.curves[0].value));
  return format(
      "<figure class=\"chart\"><h3>{}</h3>{}<div class=\"plot\"><svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"{}\" "
      "data-x=\"{} {} {} {}\" data-name=\"{}\" data-curves=\"{}\">{}<line class=\"cross\" y1=\"{}\" "
      "y2=\"{}\"/></svg>"
      "<div class=\"tip\" hidden></div></div></figure>",
      title, chart.small ? "" : legend(chart), at(frame.width), at(frame.height), label, x.low, x.high, x.from, x.to,
      escape_markup(chart.x_name), numbers(chart), svg, at(frame.top), at(frame.height - frame.bottom));
}

}  // namespace tagloom
