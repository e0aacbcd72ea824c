#pragma once
// HTTP requests and responses, independent of the library that reads and writes them.
#include <array>
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
  bool http_1_0 = false;                    // otherwise 1.1
  std::optional<std::string> host, origin;  // a field may be present and empty
  std::string authorization, content_type, content_encoding, expect;
  std::optional<uint64_t> content_length;
  bool repeats_host = false, repeats_length = false, has_transfer_encoding = false;

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

// The fields of every response, for browsers: other sites may not embed or read responses, types are not guessed, and nothing is stored.
inline constexpr std::array<std::pair<const char*, const char*>, 5> kSafetyFields = {{
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
}};

// {"error": message}
HttpResponse error_response(int status, const std::string& message);

// The same, with status 503 and a Retry-After field.
HttpResponse overloaded_response(const std::string& message);

// Rejects requests whose end or receiver is ambiguous (request smuggling), and those that need unsupported features. What follows them on
// their connection must not be read as a request.
std::optional<HttpResponse> refuse_ambiguous(const HttpHead& head);

// May be called from any thread, once.
using Reply = std::function<void(HttpResponse)>;

}  // namespace tagloom
