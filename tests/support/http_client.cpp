#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tagloom::test {

HttpClient::HttpClient(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{.tv_sec = 120, .tv_usec = 0};  // a test fails instead of waiting forever
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::system_error(errno, std::generic_category(), "connect");
}

HttpClient::~HttpClient() {
  if (socket_ >= 0) close(socket_);
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

bool HttpClient::send(const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<size_t>(count);
  }
  return true;
}

void HttpClient::finish_sending() { shutdown(socket_, SHUT_WR); }

void HttpClient::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(socket_, -1));
}

bool HttpClient::more() {
  std::array<char, 65536> buffer;
  errno = 0;
  const ssize_t count = recv(socket_, buffer.data(), buffer.size(), 0);
  if (count > 0) received_.append(buffer.data(), static_cast<size_t>(count));
  return count > 0;
}

ClientResponse HttpClient::receive(bool with_body) {
  size_t end;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return {};
  }
  ClientResponse response;
  response.status = std::stoi(received_.substr(received_.find(' ') + 1));
  for (size_t from = received_.find("\r\n") + 2; from < end + 2;) {
    const size_t colon = received_.find(':', from), line = received_.find("\r\n", from);
    std::string name = received_.substr(from, colon - from);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    response.fields[name] = received_.substr(colon + 2, line - colon - 2);
    from = line + 2;
  }
  received_.erase(0, end + 4);
  const size_t length =
      with_body && response.fields.contains("content-length") ? std::stoul(response.fields["content-length"]) : 0;
  while (received_.size() < length) {
    if (!more()) return {};
  }
  response.body = received_.substr(0, length);
  received_.erase(0, length);
  return response;
}

bool HttpClient::at_end() { return received_.empty() && !more() && errno != EAGAIN; }

std::string text_of(const ClientRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (!request.fields.contains("Host")) text += "Host: localhost\r\n";
  for (const auto& [name, value] : request.fields) text += name + ": " + value + "\r\n";
  if (!request.body.empty()) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

ClientResponse fetch(int port, const ClientRequest& request) {
  HttpClient client(port);
  client.send(text_of(request));
  return client.receive(request.method != "HEAD");
}

}  // namespace tagloom::test
