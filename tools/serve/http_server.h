#pragma once
// An HTTP/1.1 server with limits on everything that a client controls: connections, sizes, and the time that each step may take.
//
// One thread serves all connections, so a slow client holds up no other. A body must have a Content-Length.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tools/serve/http_message.h"

namespace tagloom {

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  int64_t port = 0;                // 0: a free one
  int64_t most_connections = 256;  // more are refused with 503
  int64_t most_body_bytes =
      int64_t{1} << 28;  // of all requests together that are being read or answered; more are refused with 503
  std::chrono::milliseconds timeout{30000};  // for a request to arrive, for a response to be taken, and between two requests
};

// A request that was answered or refused.
struct ServedRequest {
  std::string client, method, target;  // method and target are empty if the request could not be read
  int status = 0;
  uint64_t body_bytes = 0;
  int64_t pictures = 0;
  double seconds = 0;
};

// All functions are called on the server's thread and must return soon.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual std::optional<HttpResponse> refuse(const HttpHead& head) = 0;  // before the body is read
  virtual void answer(HttpRequest request, Reply reply) = 0;             // `reply` may be called later, from any thread
  virtual void served(const ServedRequest& request) = 0;
  virtual void refused_connection() = 0;
};

class HttpServer {
 public:
  // Binds to the address. Throws Error(kUsage) if it is no address of this computer, or if the port is in use or not permitted.
  explicit HttpServer(const HttpServerOptions& options);
  ~HttpServer();  // stop(). Every reply must have been called or destroyed before.
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const;
  bool is_local() const;  // serves only this computer

  // Starts to accept connections, on a thread of its own. Once should_stop() returns true, accepts no further ones, closes idle ones,
  // answers the requests that have arrived, and calls on_stopped(). The handler must exist until then.
  void start(HttpHandler& handler, std::function<bool()> should_stop, std::function<void()> on_stopped);
  // Stops in the same way, and returns when it has stopped. Replies given later are dropped.
  void stop();

  int64_t connections() const;

 private:
  class Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace tagloom
