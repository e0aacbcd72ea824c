#include "tools/serve/http_message.h"

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

}  // namespace tagloom
