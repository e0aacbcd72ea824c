#pragma once
// What a report shows of the tags: precision-recall curves and pairs of tags.
#include <vector>

#include "engine/report/html_report.h"
#include "tools/output/run_report.h"

namespace tagloom {

void add_precision_recall(const RunReport& report, ReportData& page);  // after page.tags
std::vector<ReportHeatMap> tag_pairs_of(const RunReport& report);

}  // namespace tagloom
