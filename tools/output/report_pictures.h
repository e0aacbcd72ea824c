#pragma once
// Chooses the pictures of a report: samples, the best and the worst, and those whose steps are shown.
#include <string>
#include <vector>

#include "engine/report/html_report.h"
#include "tools/output/run_report.h"

namespace tagloom {

// Samples, evenly spaced over the split. Like the functions below, skips pictures whose files no longer exist.
std::vector<ReportSample> samples_of(const RunReport& report);

// The pictures with the highest and the lowest F1 of their predicted tags. Ties are broken by the average precision of the ranking, then
// the most true tags, then the order of the dataset. Pictures without true tags have no F1 and are excluded.
std::vector<ReportGallery> best_and_worst(const RunReport& report);

// The steps of some pictures, evenly spaced over those with the most true tags; empty for models without steps.
std::vector<ReportPath> paths_of(const RunReport& report);
std::string paths_about(const RunReport& report);

}  // namespace tagloom
