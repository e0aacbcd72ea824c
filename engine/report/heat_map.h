#pragma once
// Draws a table of counts as a heat map.
#include <string>

#include "engine/report/html_report.h"

namespace tagloom {

// A cell shows its share of the row's total in percent; the page's script shows the sentence as a tooltip. Cells whose row and column
// have the same name are empty.
std::string html_heat_map(const ReportHeatMap& map);

}  // namespace tagloom
