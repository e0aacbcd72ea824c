#include "tools/serve/request_rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "kernels/base/format.h"
#include "kernels/text/utf8.h"
#include "tools/serve/multipart.h"

namespace tagloom {
namespace {

struct Route {
  const char* path;
  bool post = false;    // accepts POST; otherwise GET and HEAD
  bool secret = false;  // requires the token
};

constexpr std::array kRoutes = {Route{"/"}, Route{"/health"}, Route{"/metrics", false, true}, Route{"/tag", true, true}};

// "name:80", "[::1]:80" and "name" without the port.
std::string without_port(const std::string& host) {
  const bool bracketed = host.starts_with('[');
  const size_t from = bracketed ? host.find(']') : 0;
  if (from == host.npos) return host;
  const std::string name = host.substr(0, host.find(':', from));
  return bracketed && name.ends_with(']') ? name.substr(1, name.size() - 2) : name;
}

bool allows_host(const RequestRules& rules, const std::string& host) {
  std::string name = without_port(host);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return is_address(name) || name == "localhost" || !rules.token.empty() ||
         std::find(rules.names.begin(), rules.names.end(), name) != rules.names.end();
}

bool allows_origin(const std::string& origin, const std::string& host) {
  return origin == "http://" + host || origin == "https://" + host;  // https: behind a proxy
}

std::string bearer_token(const std::string& authorization) {
  const std::string scheme = "bearer ";
  if (authorization.size() < scheme.size()) return "";
  const bool bearer = std::equal(scheme.begin(), scheme.end(), authorization.begin(),
                                 [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
  return bearer ? authorization.substr(scheme.size()) : "";
}

std::optional<HttpResponse> refuse_body(const RequestRules& rules, const HttpHead& head) {
  if (!head.content_length) return error_response(411, "a body needs a Content-Length");
  if (*head.content_length > static_cast<uint64_t>(rules.most_bytes)) {
    return error_response(
        413, format("the body has {} bytes, but this server accepts at most {}: restart it with a larger --max-bytes",
                    *head.content_length, rules.most_bytes));
  }
  if (!head.content_encoding.empty() && head.content_encoding != "identity")
    return error_response(415, "the body is encoded: send it without Content-Encoding");
  if (head.content_type.starts_with("multipart/") && !is_media_type(head.content_type, "multipart/form-data")) {
    return error_response(415, format("the Content-Type is {}: send the picture as the body, or pictures as multipart/form-data",
                                      printable(head.content_type)));
  }
  return std::nullopt;
}

}  // namespace

bool equal_secrets(std::string_view given, std::string_view expected) {
  volatile unsigned char difference = given.size() != expected.size();
  for (size_t i = 0; i < std::max(given.size(), expected.size()); ++i) {
    const char a = given.empty() ? '\0' : given[i % given.size()], b = expected.empty() ? '\1' : expected[i % expected.size()];
    difference = static_cast<unsigned char>(difference | (a ^ b));
  }
  return difference == 0;
}

bool is_address(const std::string& text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), address) == 1 || inet_pton(AF_INET6, text.c_str(), address) == 1;
}

std::optional<HttpResponse> refusal(const RequestRules& rules, const HttpHead& head) {
  if (!head.target.starts_with('/')) return error_response(400, "the request's target is not a path");
  if (head.host && !allows_host(rules, *head.host)) {
    return error_response(421, format("the host name {} is not accepted: use the server's address, or restart it with --name {}",
                                      printable(*head.host), printable(without_port(*head.host))));
  }
  if (head.origin && !allows_origin(*head.origin, head.host.value_or("")))
    return error_response(403, format("a page of {} may not use this server", printable(*head.origin)));

  const auto route = std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& one) { return head.path() == one.path; });
  if (route == kRoutes.end()) return error_response(404, "no such path: use /, /tag, /health or /metrics");
  if (route->post ? head.method != "POST" : head.method != "GET" && head.method != "HEAD") {
    const char* methods = route->post ? "POST" : "GET, HEAD";
    HttpResponse response = error_response(405, format("{} accepts only {}", route->path, methods));
    response.fields.emplace_back("Allow", methods);
    return response;
  }
  if (route->secret && !rules.token.empty() && !equal_secrets(bearer_token(head.authorization), rules.token)) {
    HttpResponse response = error_response(401, "this path requires the server's token: send Authorization: Bearer TOKEN");
    response.fields.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  return head.method == "POST" ? refuse_body(rules, head) : std::nullopt;
}

}  // namespace tagloom
