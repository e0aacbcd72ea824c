#pragma once
// The style sheet and script of report.html: palette.css with report.css, and report.js. Right and wrong predictions differ by a
// symbol as well as by colour.

namespace tagloom {

extern const char kReportStyle[];   // CSS
extern const char kReportScript[];  // sorting, filtering, tooltips; optional for reading the page

}  // namespace tagloom
