#pragma once
// Decides from a request's header whether to answer it, before its body is read.
//
// A web page can make a browser send requests to this computer. Two rules reject these even without a token: the Host field must be an
// address or "localhost", which prevents DNS rebinding, and an Origin field must be that of the server's own page, which prevents
// cross-site requests.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/serve/http_message.h"

namespace tagloom {

struct RequestRules {
  std::string token;                      // required for /tag and /metrics; empty: none
  std::vector<std::string> names;         // additional names allowed in Host fields, in lower case
  int64_t most_bytes = int64_t{1} << 25;  // limit for a body
};

// Returns the error response, or nothing if the request may be answered.
std::optional<HttpResponse> refusal(const RequestRules& rules, const HttpHead& head);

// Takes the same time wherever the texts differ.
bool equal_secrets(std::string_view given, std::string_view expected);

// Whether text is an IPv4 or IPv6 address.
bool is_address(const std::string& text);

}  // namespace tagloom
