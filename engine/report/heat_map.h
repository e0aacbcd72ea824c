#pragma once
// Draws a table of counts as a heat map.
#include <string>

#include "engine/report/html_report.h"

namespace tagloom {

// Cells show their share of the row's total in percent; the page's script shows the sentence. A cell whose row and column have the
// same name stays empty.
std::string html_heat_map(const ReportHeatMap& map);

}  // namespace tagloom
