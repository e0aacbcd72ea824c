#pragma once
// The command line of tagserve.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/command_line/options.h"
#include "tools/serve/http_server.h"
#include "tools/serve/request_rules.h"

namespace tagloom {

struct ServeOptions {
  std::string run, checkpoint, token_file;
  std::string address = "127.0.0.1";
  std::vector<std::string> names;
  int64_t port = 8080;
  std::optional<int64_t> batch, top_k;
  std::optional<double> threshold;
  int64_t batch_wait = 5, queue = 256, most_bytes = 32 << 20, most_connections = 256, timeout = 30;  // ms, pictures, ..., s
  bool quiet = false;
  SettingsFlags changes;

  // Returns false after printing --help or --version. Throws Error(kUsage) for wrong flags.
  bool parse(const std::vector<std::string>& arguments);

  HttpServerOptions server() const;
  RequestRules rules() const;  // reads the token: Error(kData) if its file cannot be read, Error(kUsage) if it is invalid
};

}  // namespace tagloom
