#pragma once
// Draws the pictures of a report with their tags and the LSTM steps that predicted them.
#include <string>
#include <vector>

#include "engine/report/html_report.h"

namespace tagloom {

std::string html_pictures(const std::vector<ReportSample>& samples);  // "" if there are none
std::string html_path(const ReportPath& path);

}  // namespace tagloom
