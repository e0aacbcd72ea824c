#pragma once
// HTTP requests and responses, independent of the library that reads and writes them.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tagloom {

// The header of a request. Missing fields are empty.
struct HttpHead {
  std::string method, target;
  std::optional<std::string> host, origin;  // a field may be present and empty
  std::string authorization, content_type, content_encoding;
  std::optional<uint64_t> content_length;

  std::string path() const { return target.substr(0, target.find('?')); }
  std::string query() const;  // after the '?'
};

struct HttpRequest {
  HttpHead head;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields = {};
  int64_t pictures = 0;  // for the log
};

// {"error": message}
HttpResponse error_response(int status, const std::string& message);

// The same, with status 503 and a Retry-After field.
HttpResponse overloaded_response(const std::string& message);

// May be called from any thread, once.
using Reply = std::function<void(HttpResponse)>;

}  // namespace tagloom
