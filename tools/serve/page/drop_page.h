#pragma once
// Writes the page on which visitors drop, paste or choose pictures and read their tags.
#include <string>

#include "tools/serve/http_message.h"

namespace tagloom {

struct DropPage {
  std::string model;
  bool needs_token = false;  // the page has a field for it
};

// A self-contained page in the style of report.html. Its Content-Security-Policy permits only the page's own style and script, and
// requests to this server.
HttpResponse drop_page(const DropPage& page);

}  // namespace tagloom
