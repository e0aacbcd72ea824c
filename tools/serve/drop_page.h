#pragma once
// The page that the server shows a browser: pictures are dropped, pasted or chosen, and their tags appear.
#include <string>

#include "tools/serve/http_message.h"

namespace tagloom {

struct DropPage {
  std::string model;
  bool needs_token = false;  // the page asks for it
};

// A self-contained page in the style of report.html. Its Content-Security-Policy permits only the page's own style and script, and
// requests to this server.
HttpResponse drop_page(const DropPage& page);

}  // namespace tagloom
