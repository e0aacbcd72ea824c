#pragma once
// The look and the little script of report.html. Colours are variables with a light and a dark value; right and wrong also differ by
// their sign.

namespace tagloom {

extern const char kReportStyle[];   // CSS
extern const char kReportScript[];  // sorting, filtering, tooltips; the page reads well without it

}  // namespace tagloom
