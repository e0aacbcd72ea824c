#pragma once
// Adds precision-recall curves and pairs of tags to a report.
#include <vector>

#include "engine/report/html_report.h"
#include "tools/output/run_report.h"

namespace tagloom {

void add_precision_recall(const RunReport& report, ReportData& page);  // call after setting page.tags
std::vector<ReportHeatMap> tag_pairs_of(const RunReport& report);

}  // namespace tagloom
