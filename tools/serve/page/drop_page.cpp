// Colours and fonts are those of report.html.
#include "tools/serve/page/drop_page.h"

#include <cstdint>
#include <random>

#include "engine/report/escape_markup.h"
#include "engine/report/html_style.h"
#include "kernels/base/format.h"

namespace tagloom {

extern const char kDropStyle[], kDropScript[];

namespace {

// A random number for this response. The browser runs only scripts that carry it.
std::string new_nonce() {
  std::random_device random;
  std::string nonce;
  for (int i = 0; i < 4; ++i) nonce += format("{:08x}", static_cast<uint32_t>(random()));
  return nonce;
}

}  // namespace

HttpResponse drop_page(const DropPage& page) {
  const std::string nonce = new_nonce(), model = escape_markup(page.model);
  const std::string token = page.needs_token ? "<label class=\"token muted\">Token <input id=\"token\" type=\"password\" "
                                               "autocomplete=\"off\" spellcheck=\"false\"></label>"
                                             : "";
  HttpResponse response{.body =
                            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                            "<link rel=\"icon\" href=\"data:,\">",
                        .content_type = "text/html; charset=utf-8"};
  response.body +=
      format("<title>{} · Tagloom</title><style nonce=\"{}\">{}{}</style></head>\n", model, nonce, kReportStyle, kDropStyle);
  response.body += format(
      "<body><header><div><h1>{}</h1><p>Tags for your pictures. They are sent only to this server, and are not "
      "stored.</p></div>{}"
      "</header>\n<main><label class=\"drop\"><input id=\"files\" type=\"file\" accept=\"image/*\" multiple>"
      "<strong>Drop pictures here</strong><span class=\"muted\">or paste one, or <u>choose files</u></span></label>"
      "<div class=\"tools\"><span id=\"count\" role=\"status\"></span><button id=\"clear\" hidden>Clear</button></div>"
      "<div id=\"pictures\" class=\"samples\"></div></main>\n",
      model, token);
  response.body += format("<script nonce=\"{}\">{}</script></body></html>\n", nonce, kDropScript);
  response.fields.emplace_back(
      "Content-Security-Policy",
      format("default-src 'none'; style-src 'nonce-{}'; script-src 'nonce-{}'; img-src blob: data:; connect-src 'self'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
             nonce, nonce));
  return response;
}

}  // namespace tagloom
