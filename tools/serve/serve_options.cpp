#include "tools/serve/serve_options.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr size_t kShortestToken = 16;
constexpr int64_t kBodiesAtOnce = 8;  // bodies of the largest size in memory at once

// The token of --token-file or TAGLOOM_TOKEN; empty: none.
std::string read_token(const std::string& file) {
  const char* variable = std::getenv("TAGLOOM_TOKEN");
  if (file.empty() && variable == nullptr) return "";
  std::string token = file.empty() ? variable : read_text_or_pipe(file);
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  const bool visible = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  TL_CHECK(visible && token.size() >= kShortestToken,
           "{}: a token must be one line of at least {} letters, digits and punctuation marks: make one with head -c 24 "
           "/dev/urandom | base64",
           file.empty() ? "TAGLOOM_TOKEN" : file, kShortestToken);
  return token;
}

void check_range(const char* flag, int64_t value, int64_t most) {
  TL_CHECK(value >= 1 && value <= most, "{} is {}: it must be 1 to {}", flag, value, most);
}

}  // namespace

bool ServeOptions::parse(const std::vector<std::string>& arguments) {
  Options options("tagserve", "Tags the pictures that it receives over HTTP.");
  options.argument("RUN", run, "The run folder.")
      .value("--port", port, "N", "Port; 0 selects a free one. Default 8080.")
      .value("--host", address, "ADDRESS",
             "Address to listen on. Default 127.0.0.1: only this computer. 0.0.0.0 or ::: the whole network; use a token then.")
      .value("--token-file", token_file, "FILE",
             "File with the token that requests must send as Authorization: Bearer TOKEN. Default: the variable TAGLOOM_TOKEN.")
      .values("--name", names, "NAME", "Host name to accept in addition to localhost and addresses. May be repeated.")
      .value("--checkpoint", checkpoint, "FILE", "Weights to use instead of best.safetensors.")
      .value("--top-k", top_k, "N", "Give the N best tags, unless the request sets top_k or threshold.")
      .value("--threshold", threshold, "X", "Give the tags with a score above X; with --top-k, at most N of them.")
      .value("--batch", batch, "N", "Maximum number of pictures in a batch. Default eval.batch_size or train.batch_size.")
      .value("--batch-wait", batch_wait, "MS",
             "Milliseconds that a picture waits for others that are being decoded, to share a batch. Default 5.")
      .value("--queue", queue, "N", "Maximum number of queued pictures; further requests get status 503. Default 256.")
      .value("--max-bytes", most_bytes, "N", "Maximum size of a request's body, in bytes. Default 33554432.")
      .value("--max-connections", most_connections, "N", "Maximum number of open connections. Default 256.")
      .value("--timeout", timeout, "S", "Seconds to receive a request, to send a response, and between two requests. Default 30.")
      .settings(changes)
      .flag("-q,--quiet", quiet, "Print only warnings and errors on stderr, not every request.")
      .note(
          "tagserve runs/corel5k --port 8080\n"
          "curl --data-binary @a.jpg 'http://127.0.0.1:8080/tag?top_k=3'\n"
          "curl -F file=@a.jpg -F file=@b.jpg http://127.0.0.1:8080/tag\n\n"
          "Open the URL in a browser to drop pictures on a page. /health and /metrics are for monitoring. On Ctrl-C, the server "
          "accepts no more requests and answers those that have arrived.");
  if (!options.parse(arguments)) return false;
  TL_CHECK(!top_k || *top_k > 0, "--top-k is {}: it must be at least 1", *top_k);
  if (batch) check_range("--batch", *batch, 65536);
  TL_CHECK(batch_wait >= 0 && batch_wait <= 10000, "--batch-wait is {}: it must be 0 to 10000", batch_wait);
  check_range("--queue", queue, 1000000);
  check_range("--max-bytes", most_bytes, int64_t{1} << 30);
  check_range("--max-connections", most_connections, 100000);
  check_range("--timeout", timeout, 3600);
  return true;
}

HttpServerOptions ServeOptions::server() const {
  return {.address = address,
          .port = port,
          .most_connections = most_connections,
          .most_body_bytes = kBodiesAtOnce * most_bytes,
          .timeout = std::chrono::seconds(timeout)};
}

RequestRules ServeOptions::rules() const {
  RequestRules rules{.token = read_token(token_file), .names = names, .most_bytes = most_bytes};
  for (std::string& name : rules.names)
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return rules;
}

}  // namespace tagloom
