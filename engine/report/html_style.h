#pragma once
// The look and the little script of report.html.

namespace tagloom {

extern const char kReportStyle[];   // CSS
extern const char kReportScript[];  // sorting, filtering, tooltips; the page reads well without it

}  // namespace tagloom
