#pragma once
// A small HTTP client on a plain socket that can also send invalid requests.
#include <map>
#include <optional>
#include <string>

namespace tagloom::test {

struct ClientResponse {
  int status = 0;                             // 0: the connection ended without a response
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(int port);
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool send(const std::string& bytes);  // false if the server has closed the connection
  void finish_sending();                // shuts down this direction only
  void reset();                         // closes with RST
  ClientResponse receive(bool with_body = true);
  bool at_end();  // waits for the server to close the connection; false if it sends anything else

 private:
  bool more();

  int socket_ = -1;
  std::string received_;
};

// A request, with a Content-Length if there is a body; fetch() sends it on a new connection.
struct ClientRequest {
  std::string method = "GET", target = "/";
  std::map<std::string, std::string> fields = {};  // added to the default Host, or replaces it
  std::string body = {};
};
std::string text_of(const ClientRequest& request);
ClientResponse fetch(int port, const ClientRequest& request);

}  // namespace tagloom::test
