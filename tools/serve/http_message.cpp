#include "tools/serve/http_message.h"

#include <strings.h>

#include <nlohmann/json.hpp>

#include "kernels/text/utf8.h"

namespace tagloom {

std::string HttpHead::query() const {
  const size_t mark = target.find('?');
  return mark == std::string::npos ? "" : target.substr(mark + 1);
}

HttpResponse error_response(int status, const std::string& message) {
  const nlohmann::ordered_json body = {{"error", with_replacements(message)}};
  return {.status = status, .body = body.dump() + "\n"};
}

HttpResponse overloaded_response(const std::string& message) {
  HttpResponse response = error_response(503, message);
  response.fields.emplace_back("Retry-After", "1");
  return response;
}

std::optional<HttpResponse> refuse_ambiguous(const HttpHead& head) {
  if (head.has_transfer_encoding) return error_response(411, "a body needs a Content-Length and no Transfer-Encoding");
  if (head.repeats_length) return error_response(400, "the request has two Content-Lengths");
  if (head.repeats_host || (!head.http_1_0 && !head.host)) return error_response(400, "the request must have one Host field");
  if (!head.expect.empty() && strcasecmp(head.expect.c_str(), "100-continue") != 0)
    return error_response(417, "the only supported expectation is 100-continue");
  if (head.method != "POST" && head.content_length.value_or(0) > 0)
    return error_response(400, "only POST requests may have a body");
  return std::nullopt;
}

}  // namespace tagloom
