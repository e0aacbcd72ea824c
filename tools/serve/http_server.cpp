// Reads requests and writes responses with Boost.Beast (the only file that includes it). Each connection is a coroutine.
#include "tools/serve/http_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <set>
#include <thread>
#include <utility>
// Boost 1.74 requires <utility> to be included first.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr uint32_t kMostHeaderBytes = 16 << 10;
constexpr size_t kMostBufferedBytes = 64 << 10, kReadBytes = 4096;
constexpr std::chrono::milliseconds kLingerTime = 2s, kPollTime = 50ms, kPauseAfterFailedAccept = 100ms;
constexpr std::chrono::milliseconds kLongestHeaderTime = 10s;

struct Connection {
  Connection(tcp::socket accepted, asio::io_context& context) : socket(std::move(accepted)), timer(context) {}
  tcp::socket socket;
  asio::steady_timer timer;
  beast::flat_buffer buffer{kMostBufferedBytes};
  std::string client;
  bool idle = true;  // no request is being answered
  bool timed_out = false;
};

using ConnectionPointer = std::shared_ptr<Connection>;
using Parser = http::request_parser<http::string_body>;

// After this time, the connection's pending operation ends with an error.
void set_deadline(const ConnectionPointer& connection, std::chrono::milliseconds time) {
  connection->timed_out = false;
  connection->timer.expires_after(time);
  connection->timer.async_wait([connection](const error_code& error) {
    if (error || connection->timer.expiry() > Clock::now()) return;  // the deadline has changed
    connection->timed_out = true;
    error_code ignored;
    connection->socket.cancel(ignored);
  });
}

// The response to a header that could not be read; nothing if the client has disconnected.
std::optional<HttpResponse> response_to(const error_code& error, bool timed_out) {
  if (timed_out) return error_response(408, "the request did not arrive in time");
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return error_response(431, format("the header has more than {} bytes", kMostHeaderBytes));
  if (error == http::error::bad_version) return error_response(505, "the server supports HTTP/1.1 and HTTP/1.0");
  if (error == http::error::end_of_stream || error == http::error::partial_message)
    return error_response(400, "the request ends in the middle of its header");
  if (error.category() != http::make_error_code(http::error::bad_method).category()) return std::nullopt;
  return error_response(400, format("the request is not HTTP: {}", error.message()));
}

HttpHead head_of(const Parser& parser) {
  const auto& message = parser.get();
  const auto text = [&](http::field field) { return std::string(message[field]); };
  const auto optional_text = [&](http::field field) {
    return message.count(field) > 0 ? std::optional(text(field)) : std::nullopt;
  };
  HttpHead head{.method = std::string(message.method_string()),
                .target = std::string(message.target()),
                .http_1_0 = message.version() == 10,
                .host = optional_text(http::field::host),
                .origin = optional_text(http::field::origin),
                .authorization = text(http::field::authorization),
                .content_type = text(http::field::content_type),
                .content_encoding = text(http::field::content_encoding),
                .expect = text(http::field::expect),
                .content_length = std::nullopt};
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.repeats_host = message.count(http::field::host) > 1;
  head.repeats_length = message.count(http::field::content_length) > 1 ||
                        message[http::field::content_length].find(',') != beast::string_view::npos;
  head.has_transfer_encoding = message.count(http::field::transfer_encoding) > 0;
  return head;
}

}  // namespace

class HttpServer::Connections {
 public:
  explicit Connections(const HttpServerOptions& options) : options_(options) { bind(); }
  ~Connections() { stop(); }

  std::string url() const {
    const tcp::endpoint at = acceptor_.local_endpoint();
    const std::string address = at.address().to_string();
    return format(at.address().is_v6() ? "http://[{}]:{}/" : "http://{}:{}/", address, at.port());
  }

  bool is_local() const { return acceptor_.local_endpoint().address().is_loopback(); }

  void start(HttpHandler& handler, std::function<bool()> should_stop, std::function<void()> on_stopped) {
    handler_ = &handler;
    should_stop_ = std::move(should_stop);
    error_code error;
    acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    require_port(error);  // another program may have started to listen in the meantime
    asio::co_spawn(context_, accept(), asio::detached);
    asio::co_spawn(context_, watch(), asio::detached);
    thread_ = std::jthread([this, on_stopped = std::move(on_stopped)] {
      while (!context_.stopped()) {
        try {
          context_.run();
        } catch (const std::exception&) {  // out of memory: this connection is lost
        }
      }
      on_stopped();
    });
  }

  void stop() {
    stop_requested_ = true;
    if (thread_.joinable()) thread_.join();
  }

  int64_t count() const { return count_; }

 private:
  using Awaitable = asio::awaitable<bool>;  // whether the connection continues

  void bind() {
    error_code error;
    const std::string name = options_.address == "localhost" ? "127.0.0.1" : options_.address;
    const asio::ip::address address = asio::ip::make_address(name, error);
    TL_CHECK(!error, "--host {}: is not an address: give one such as 127.0.0.1, ::1 or 0.0.0.0", options_.address);
    TL_CHECK(options_.port >= 0 && options_.port <= 65535, "--port {}: is not a port: give one from 0 to 65535", options_.port);
    const tcp::endpoint endpoint(address, static_cast<uint16_t>(options_.port));
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    require_port(error);
  }

  void require_port(const error_code& error) const {
    const char* way_out = error == asio::error::address_in_use  ? "choose another --port, or 0 for a free one"
                          : error == asio::error::access_denied ? "choose a --port of 1024 or more"
                                                                : "choose another --host";
    TL_CHECK(!error, "{}:{}: cannot be served on: {}: {}", options_.address, options_.port, error.message(), way_out);
  }

  asio::awaitable<void> accept() {
    asio::steady_timer pause(context_);
    while (!stopping_) {
      error_code error;
      try {
        tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error && !stopping_) begin(std::move(socket));
      } catch (const std::exception&) {
        error = asio::error::no_memory;
      }
      if (!error || stopping_) continue;
      pause.expires_after(kPauseAfterFailedAccept);  // such as too many open files
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  void begin(tcp::socket socket) {
    if (count_ >= options_.most_connections) return refuse(std::move(socket));
    const auto connection = std::make_shared<Connection>(std::move(socket), context_);
    error_code error;
    const tcp::endpoint peer = connection->socket.remote_endpoint(error);
    if (error) return;
    connection->client = peer.address().to_string();
    connection->socket.set_option(tcp::no_delay(true), error);
    asio::co_spawn(context_, serve(connection), asio::detached);
  }

  void refuse(tcp::socket socket) {
    const std::string body = overloaded_response("the server has too many open connections: try again").body;
    const std::string response = format(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        body.size(), body);
    error_code error;
    socket.non_blocking(true, error);
    std::array<char, kReadBytes> sent;  // unread bytes would reset the connection before the client receives the response
    socket.read_some(asio::buffer(sent), error);
    socket.write_some(asio::buffer(response), error);
    handler_->refused_connection();
  }

  // Counts a connection while it is served.
  struct Counted {
    Counted(Connections& connections, Connection* connection) : all(connections), one(connection) {
      all.all_.insert(one);
      ++all.count_;
    }
    ~Counted() {
      all.all_.erase(one);
      --all.count_;
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    Connections& all;
    Connection* one;
  };

  asio::awaitable<void> serve(ConnectionPointer connection) {
    const Counted counted(*this, connection.get());
    try {
      while (co_await serve_request(connection)) {
      }
    } catch (const std::exception&) {  // out of memory
    }
    connection->timer.cancel();
  }

  Awaitable serve_request(ConnectionPointer connection) {
    error_code error;
    connection->idle = true;
    if (connection->buffer.size() == 0) {
      set_deadline(connection, options_.timeout);
      const size_t bytes = co_await connection->socket.async_read_some(connection->buffer.prepare(kReadBytes),
                                                                       asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return false;
      connection->buffer.commit(bytes);
    }
    const Clock::time_point begun = Clock::now();
    ServedRequest served{.client = connection->client, .method = {}, .target = {}};
    Parser parser;
    parser.header_limit(kMostHeaderBytes);
    parser.body_limit(std::numeric_limits<uint64_t>::max());  // handler_ rejects large ones
    set_deadline(connection, std::min(options_.timeout, kLongestHeaderTime));
    co_await http::async_read_header(connection->socket, connection->buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    connection->idle = false;
    HttpResponse response;
    bool keep = false;
    if (error) {
      const std::optional<HttpResponse> refusal = response_to(error, connection->timed_out);
      if (!refusal) co_return false;
      response = *refusal;
    } else {
      HttpRequest request{.head = head_of(parser), .body = {}};
      served.method = request.head.method;
      served.target = request.head.target;
      std::optional<HttpResponse> refusal = refuse_ambiguous(request.head);
      keep = !refusal && parser.keep_alive() && !request.head.http_1_0;
      if (!refusal) refusal = handler_->refuse(request.head);
      const BodyBytes held(held_bytes_);
      if (!refusal) refusal = co_await read_body(connection, parser, request.head, held.bytes);
      served.body_bytes = static_cast<uint64_t>(held.bytes);
      if (refusal) {
        keep = keep && request.head.method != "POST";  // what follows may be its body instead of the next request
        response = std::move(*refusal);
      } else {
        request.body = std::move(parser.get().body());
        connection->timer.cancel();
        response = co_await answer_of(std::move(request));
      }
    }
    keep = keep && !stopping_ && response.status < 500;
    served.status = response.status;
    served.pictures = response.pictures;
    const bool head_only = served.method == "HEAD";
    const bool written = co_await write(connection, std::move(response), keep, head_only);
    served.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    handler_->served(served);
    if (keep && written) co_return true;
    if (written) co_await linger(connection);
    co_return false;
  }

  // The bytes of a body, counted in the total until the request is answered.
  struct BodyBytes {
    explicit BodyBytes(int64_t& all) : total(all) {}
    ~BodyBytes() { total -= bytes; }
    BodyBytes(const BodyBytes&) = delete;
    BodyBytes& operator=(const BodyBytes&) = delete;
    int64_t& total;
    mutable int64_t bytes = 0;
  };

  asio::awaitable<std::optional<HttpResponse>> read_body(ConnectionPointer connection, Parser& parser, const HttpHead& head,
                                                         int64_t& bytes) {
    error_code error;
    set_deadline(connection, options_.timeout);
    if (!parser.is_done() && !head.expect.empty() && !head.http_1_0) {
      static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(connection->socket, asio::buffer(kContinue, sizeof kContinue - 1),
                                 asio::redirect_error(asio::use_awaitable, error));
    }
    while (!error && !parser.is_done()) {
      co_await http::async_read_some(connection->socket, connection->buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
      const auto now = static_cast<int64_t>(parser.get().body().size());
      held_bytes_ += now - bytes;
      bytes = now;
      if (held_bytes_ > options_.most_body_bytes)
        co_return overloaded_response("the server is processing too many pictures: try again");
    }
    if (!error) co_return std::nullopt;
    if (connection->timed_out) co_return error_response(408, "the body did not arrive in time");
    co_return error_response(400, "the body ends before its Content-Length");
  }

  // Waits for the handler's reply without blocking other connections.
  asio::awaitable<HttpResponse> answer_of(HttpRequest request) {
    const auto initiate = [this, &request](auto handler) {
      const auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
      handler_->answer(std::move(request), [this, waiting](HttpResponse response) {
        asio::post(context_, [waiting, response = std::move(response)]() mutable { (*waiting)(std::move(response)); });
      });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(HttpResponse)>(initiate, asio::use_awaitable);
  }

  Awaitable write(ConnectionPointer connection, HttpResponse response, bool keep, bool head_only) {
    http::response<http::string_body> message(static_cast<http::status>(response.status), 11);
    message.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : kSafetyFields) message.set(name, value);
    for (const auto& [name, value] : response.fields) message.set(name, value);
    message.keep_alive(keep);
    message.content_length(response.body.size());
    if (!head_only) message.body() = std::move(response.body);
    error_code error;
    set_deadline(connection, options_.timeout);
    if (head_only) {
      http::response_serializer<http::string_body> header(message);
      co_await http::async_write_header(connection->socket, header, asio::redirect_error(asio::use_awaitable, error));
    } else {
      co_await http::async_write(connection->socket, message, asio::redirect_error(asio::use_awaitable, error));
    }
    co_return !error;
  }

  // Reads what the client is still sending, because a reset connection would prevent it from reading the response.
  asio::awaitable<void> linger(ConnectionPointer connection) {
    error_code error;
    connection->idle = true;
    connection->socket.shutdown(tcp::socket::shutdown_send, error);
    set_deadline(connection, kLingerTime);
    connection->buffer.clear();
    while (!error && !stopping_) {
      co_await connection->socket.async_read_some(connection->buffer.prepare(kReadBytes),
                                                  asio::redirect_error(asio::use_awaitable, error));
    }
  }

  // Ends the thread some time after should_stop_() or stop().
  asio::awaitable<void> watch() {
    asio::steady_timer timer(context_);
    Clock::time_point latest{};
    while (!stopping_ || (count_ > 0 && Clock::now() < latest)) {
      error_code error;
      timer.expires_after(kPollTime);
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (stopping_ || !(stop_requested_ || should_stop_())) continue;
      stopping_ = true;
      latest = Clock::now() + options_.timeout;
      acceptor_.close(error);
      for (Connection* connection : all_) {
        if (connection->idle) connection->socket.cancel(error);
      }
    }
    context_.stop();
  }

  const HttpServerOptions options_;
  HttpHandler* handler_ = nullptr;
  std::function<bool()> should_stop_;
  std::atomic<bool> stop_requested_{false};
  std::atomic<int64_t> count_{0};
  std::set<Connection*> all_;  // this and the next two are used only by the thread
  int64_t held_bytes_ = 0;
  bool stopping_ = false;
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  std::jthread thread_;
};

HttpServer::HttpServer(const HttpServerOptions& options) : connections_(std::make_unique<Connections>(options)) {}

HttpServer::~HttpServer() = default;

std::string HttpServer::url() const { return connections_->url(); }

bool HttpServer::is_local() const { return connections_->is_local(); }

void HttpServer::start(HttpHandler& handler, std::function<bool()> should_stop, std::function<void()> on_stopped) {
  connections_->start(handler, std::move(should_stop), std::move(on_stopped));
}

void HttpServer::stop() { connections_->stop(); }

int64_t HttpServer::connections() const { return connections_->count(); }

}  // namespace tagloom
