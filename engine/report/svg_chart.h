#pragma once
// Draws a line chart as inline SVG, with axes, a legend, and the data for the page's tooltip script.
#include <string>
#include <vector>

#include "engine/report/html_report.h"

namespace tagloom {

std::string svg_chart(const ReportChart& chart);

// Round numbers that cover [low, high], about `wanted` of them; the first and last are the ends of the axis.
std::vector<double> axis_ticks(double low, double high, int wanted);

}  // namespace tagloom
