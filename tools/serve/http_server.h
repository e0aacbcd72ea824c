#pragma once
// An HTTP/1.1 server that limits everything a client controls: connections, sizes, and the time for each step.
//
// One thread serves all connections asynchronously, so slow clients do not block others. A body must have a Content-Length.
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
  int64_t port = 0;                // 0: any free port
  int64_t most_connections = 256;  // more are rejected with 503
  int64_t most_body_bytes =
      int64_t{1} << 28;                      // all requests together that are being read or answered; more are rejected with 503
  std::chrono::milliseconds timeout{30000};  // to receive a request, to send a response, and between two requests
};

// A request that was answered or rejected.
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
  virtual std::optional<HttpResponse> refuse(const HttpHead& head) = 0;  // called before the body is read
  virtual void answer(HttpRequest request, Reply reply) = 0;             // `reply` may be called later, from any thread
  virtual void served(const ServedRequest& request) = 0;
  virtual void refused_connection() = 0;
};

class HttpServer {
 public:
  // Binds to the address. Throws Error(kUsage) if it is not an address of this computer, or if the port is in use or not permitted.
  explicit HttpServer(const HttpServerOptions& options);
  ~HttpServer();  // stop(). Every reply must have been called or destroyed before.
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const;
  bool is_local() const;  // serves only this computer

  // Starts accepting connections on a separate thread. Once should_stop() returns true, accepts no more connections, closes idle ones,
  // answers the requests that have arrived, and calls on_stopped(). The handler must outlive this.
  void start(HttpHandler& handler, std::function<bool()> should_stop, std::function<void()> on_stopped);
  // Stops in the same way and waits until it has stopped. Later replies are dropped.
  void stop();

  int64_t connections() const;

 private:
  class Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace tagloom
