#pragma once
// The style sheet and script of report.html. Colours are variables with a light and a dark value; right and wrong predictions
// also differ by a symbol.

namespace tagloom {

extern const char kReportStyle[];   // CSS
extern const char kReportScript[];  // sorting, filtering, tooltips; optional for reading the page

}  // namespace tagloom
