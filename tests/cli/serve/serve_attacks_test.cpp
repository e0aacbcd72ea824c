// Tests tagserve with malformed and hostile requests: it responds or closes the connection, and continues to serve other clients.
#include <gmock/gmock.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/cli/serve/serve_tools.h"

namespace tagloom {
namespace {

using test::ClientResponse;
using test::form_file;
using test::HttpClient;
using test::kFormType;
using test::Server;
using test::text_of;
using testing::HasSubstr;

class ServeAttacks : public test::ServeTools {
 protected:
  // Sends the bytes and returns the status of each response until the connection ends.
  static std::vector<int> statuses_after(int port, const std::string& bytes) {
    HttpClient client(port);
    client.send(bytes);
    client.finish_sending();
    std::vector<int> statuses;
    for (int status = client.receive().status; status != 0; status = client.receive().status) statuses.push_back(status);
    return statuses;
  }
  static std::string request(const std::string& fields, const std::string& body = "",
                             const std::string& line = "POST /tag HTTP/1.1") {
    return line + "\r\nHost: localhost\r\n" + fields + "\r\n" + body;
  }
  static int64_t files_open(Server& server) {
    const std::filesystem::path folder = "/proc/" + std::to_string(server.program().pid()) + "/fd";
    return std::distance(std::filesystem::directory_iterator(folder), {});
  }
  // Waits up to ten seconds for the server to have at most `most` open files after its clients disconnect; returns whether it does.
  static bool closes_files(Server& server, int64_t most) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (files_open(server) > most && std::chrono::steady_clock::now() < latest)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return files_open(server) <= most;
  }
  static int64_t resident_kib(Server& server) {
    const std::string status = test::read_whole_file("/proc/" + std::to_string(server.program().pid()) + "/status");
    return std::stoll(status.substr(status.find("VmRSS:") + 6));
  }
  static void expect_still_serves(const Server& server) { EXPECT_EQ(tags_of(server.tag(pictures()[0])), predicted()[0]); }
};

TEST_F(ServeAttacks, AnswersMalformedRequests) {
  const std::string nul(1, '\0'), many_fields = [] {
    std::string fields;
    for (int i = 0; i < 3000; ++i) fields += "a" + std::to_string(i) + ": b\r\n";
    return fields;
  }();
  const struct {
    std::string bytes;
    int status;  // 0: the connection is closed without a response
  } cases[] = {
      {"", 0},
      {"\r\n", 400},
      {"GET /health\r\n\r\n", 400},  // HTTP/0.9
      {"GET /health HTTP/0.9\r\n\r\n", 505},
      {"GET /health HTTP/2.0\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"GET /health HTTP/1.1\r\n\r\n", 400},  // no Host
      {"GET /health HTTP/1.1\nHost: localhost\n\n", 505},
      {"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /health HTTP/1.1 \r\nHost: localhost\r\n\r\n", 505},
      {"G\x01T /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /hea" + nul + "lth HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
      {"GET /%2e%2e/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
      {"GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"BREW /tag HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
      {"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
      {"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n", 400},
      {"GET /health HTTP/1.1\r\nHost: local" + nul + "host\r\n\r\n", 400},
      {"GET /health HTTP/1.1\r\n: x\r\nHost: localhost\r\n\r\n", 400},
      {"GET /" + std::string(20000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431},
      {std::string(1 << 20, 'A'), 431},  // no line ends
      {"GET /" + std::string(1 << 20, 'a'), 431},
      {"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(1 << 20, 'a'), 431},
      {"GET /health HTTP/1.1\r\nHost: localhost\r\n" + many_fields + "\r\n", 431},
      {"\x16\x03\x01\x02" + nul + "\x01" + nul + "\x01\xfc\x03\x03", 400},  // TLS
      {std::string(64, '\0'), 400},
      {request("Content-Length: 5\r\n", "hello", "GET /health HTTP/1.1"), 400},
      {request("Content-Length: -1\r\n", "x"), 400},
      {request("Content-Length: +5\r\n", "hello"), 400},
      {request("Content-Length: 0x5\r\n", "hello"), 400},
      {request("Content-Length: 5 5\r\n", "hello"), 400},
      {request("Content-Length:\r\n", "hello"), 400},
      {request("Content-Length: 99999999999999999999999\r\n", "x"), 400},
      {request("Content-Length: 18446744073709551615\r\n", "x"), 413},
      {request("Content-Length: 1000\r\n", "the client disconnects before the end"), 400},
      {request("Range: bytes=" + std::string(9000, '0') + "-1,-,5-,,\r\n", "", "GET /health HTTP/1.1"), 200},
  };
  for (const auto& one : cases) {
    const std::vector<int> statuses = statuses_after(shared().port(), one.bytes);
    EXPECT_EQ(statuses, one.status == 0 ? std::vector<int>() : std::vector<int>{one.status}) << one.bytes.substr(0, 120);
  }
  expect_still_serves(shared());
}

// Request smuggling: where two programs could disagree about the end of a body, the server responds once and closes the connection.
TEST_F(ServeAttacks, NeverReadsARequestFromABody) {
  const std::string hidden = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", length = std::to_string(hidden.size());
  const std::string chunk = "5\r\nhello\r\n0\r\n\r\n";
  const std::string cases[] = {
      request("Content-Length: 0\r\nContent-Length: " + length + "\r\n", hidden),
      request("Content-Length: " + length + "\r\nContent-Length: " + length + "\r\n", hidden),
      request("Content-Length: 0, " + length + "\r\n", hidden),
      request("Content-Length: " + length + ", " + length + "\r\n", hidden),
      request("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunk + hidden),
      request("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunk + hidden),
      request("Transfer-Encoding: chunked\r\n", chunk + hidden),
      request("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\nx" + hidden),
      request("Transfer-Encoding: chunked\r\n", "-2\r\nx" + hidden),
      request("Transfer-Encoding: chunked, identity\r\n", chunk + hidden),
      request("Transfer-Encoding: identity\r\nContent-Length: 0\r\n", hidden),
      request("Transfer-Encoding:\x0b"
              "chunked\r\nContent-Length: 0\r\n",
              hidden),
      request("Transfer-Encoding : chunked\r\nContent-Length: 0\r\n", hidden),
      request("X: y\r\n Transfer-Encoding: chunked\r\n", hidden),
      request("", hidden),
      request("Content-Length: 5\r\n", "hello" + hidden, "GET /health HTTP/1.1"),
      request("Content-Length: " + length + "\r\n", hidden, "GET /no-such-page HTTP/1.1"),
      request("Content-Length: " + length + "\r\nExpect: a-pony\r\n", hidden),
  };
  for (const std::string& bytes : cases) {
    const std::vector<int> statuses = statuses_after(shared().port(), bytes);
    ASSERT_EQ(statuses.size(), 1u) << bytes;
    EXPECT_GE(statuses[0], 400) << bytes;
    EXPECT_LT(statuses[0], 500) << bytes;
  }
}

TEST_F(ServeAttacks, AnswersPipelinedRequestsInOrder) {
  const std::string health = request("", "", "GET /health HTTP/1.1"), missing = request("", "", "GET /x HTTP/1.1");
  const std::string picture = request("Content-Length: 5\r\n", "hello");
  EXPECT_EQ(statuses_after(shared().port(), health + missing + picture + health), (std::vector<int>{200, 404, 400, 200}));
  EXPECT_EQ(statuses_after(shared().port(), request("Connection: close\r\n", "", "GET /health HTTP/1.1") + health),
            (std::vector<int>{200}));
  EXPECT_EQ(statuses_after(shared().port(), "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + health),
            (std::vector<int>{200}));
}

TEST_F(ServeAttacks, SlowClientsDoNotBlockOthers) {
  const Server server(finished(), {"--timeout", "2"});
  const std::string starts[] = {"", "G", "GET /health HTTP/1.1\r\nHost: local",
                                request("Content-Length: 1000\r\n", "half a pic")};
  std::vector<HttpClient> slow;
  for (int i = 0; i < 100; ++i) {
    slow.emplace_back(server.port());
    slow.back().send(starts[i % 4]);
  }
  expect_still_serves(server);
  EXPECT_GE(server.metric("tagserve_connections"), 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(slow[i].receive().status, i % 4 == 0 ? 0 : 408) << i;
  HttpClient idle(server.port());
  idle.send(request("", "", "GET /health HTTP/1.1"));
  EXPECT_EQ(idle.receive().status, 200);
  EXPECT_TRUE(idle.at_end());
}

TEST_F(ServeAttacks, SurvivesDisconnectingClients) {
  const std::string whole = request("Content-Length: " + std::to_string(pictures()[0].size()) + "\r\n", pictures()[0]);
  for (size_t length = 1; length <= whole.size(); length += whole.size() / 40) {
    HttpClient(shared().port()).send(whole.substr(0, length));
    HttpClient aborted(shared().port());
    aborted.send(whole.substr(0, length));
    aborted.reset();
  }
  for (int i = 0; i < 50; ++i) {  // before the response
    HttpClient gone(shared().port());
    gone.send(whole);
    gone.reset();
  }
  expect_still_serves(shared());
}

TEST_F(ServeAttacks, RejectsPictureBombs) {
  const auto big_endian = [](uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
  };
  const std::string png = std::string("\x89PNG\r\n\x1a\n", 8) + big_endian(13) + "IHDR" + big_endian(60000) + big_endian(60000) +
                          std::string("\x08\x02\0\0\0", 5) + big_endian(0);
  const std::string jpeg =
      std::string("\xff\xd8\xff\xc0\x00\x11\x08\xff\xdc\xff\xdc\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01", 21);
  const std::string gif = std::string("GIF89a\xff\xff\xff\xff\0\0\0", 13), pnm = "P6 99999999 99999999 255\n";
  const int64_t before = resident_kib(shared());
  for (const std::string& bomb : {png, jpeg, gif, pnm, std::string("P5 65535 4000 65535\n")}) {
    EXPECT_EQ(shared().tag(bomb).status, 400) << bomb.substr(0, 20);
    EXPECT_EQ(shared().tag(bomb + std::string(1 << 20, '\0')).status, 400) << bomb.substr(0, 20);
  }
  EXPECT_LT(resident_kib(shared()) - before, 300 << 10);
}

TEST_F(ServeAttacks, SurvivesRandomBytes) {
  std::mt19937 random(20);
  const std::string words[] = {"GET ",
                               "POST ",
                               "/tag",
                               "/health",
                               " HTTP/1.1\r\n",
                               "Host: localhost\r\n",
                               "Content-Length: ",
                               "5",
                               "\r\n",
                               "\r\n\r\n",
                               "Transfer-Encoding: chunked\r\n",
                               "Expect: 100-continue\r\n",
                               "multipart/form-data; boundary=x",
                               "Content-Type: ",
                               "--x\r\n",
                               "Authorization: ",
                               ":",
                               "?top_k=1",
                               "\xff\xd8\xff",
                               std::string(1, '\0')};
  Server server(finished(), {"-q"});
  const int64_t files = files_open(server);
  expect_still_serves(server);
  const int64_t memory = resident_kib(server);
  constexpr int kThreads = 8, kConnections = 10000;
  std::vector<std::vector<std::string>> sent(kThreads);
  for (int i = 0; i < kConnections; ++i) {
    std::string bytes;
    for (uint32_t parts = random() % 12; parts > 0; --parts) {
      if (random() % 4 != 0) {
        bytes += words[random() % std::size(words)];
      } else {
        for (uint32_t count = random() % 40; count > 0; --count) bytes += static_cast<char>(random());
      }
    }
    sent[i % kThreads].push_back(bytes);
  }
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> clients;
    for (const auto& mine : sent) {
      clients.emplace_back([&] {
        for (const std::string& bytes : mine) {
          for (const int status : statuses_after(server.port(), bytes)) wrong += status >= 500 && status != 505;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0) << "connections got a 5xx";
  EXPECT_TRUE(server.program().running());
  expect_still_serves(server);
  EXPECT_TRUE(closes_files(server, files));
  EXPECT_LT(resident_kib(server) - memory, 30 << 10);
}

// Eight clients with two hundred requests each, every fourth malformed: all others get the right tags, and no memory or file leaks.
TEST_F(ServeAttacks, IsCorrectUnderLoad) {
  Server server(finished(), {"-q", "--batch", "8"});
  const int64_t files = files_open(server);
  const auto contents = pictures();
  const auto expected = predicted_in_batches(8);
  const std::string form_start = "--xyz\r\nContent-Disposition: form-data; filename=a\r\n\r\n";
  const auto load = [&] {
    std::vector<std::jthread> clients;
    for (size_t client = 0; client < 8; ++client) {
      clients.emplace_back([&, client] {
        HttpClient kept(server.port());
        for (size_t i = 0; i < 200; ++i) {
          const size_t k = (client * 7 + i) % contents.size();
          const test::ClientRequest good{.method = "POST", .target = "/tag", .fields = {}, .body = contents[k]};
          const test::ClientRequest bad[] = {
              {.method = "POST", .target = "/tag", .fields = {}, .body = contents[k].substr(0, contents[k].size() - 20)},
              {.method = "POST", .target = "/tag", .fields = {{"Content-Type", kFormType}}, .body = form_start + contents[k]},
              {.method = "POST", .target = "/tag?top_k=x", .fields = {}, .body = contents[k]},
              {.method = "POST", .target = "/tag", .fields = {{"Content-Length", "1"}}, .body = contents[k]}};
          if (i % 4 == 3) {
            EXPECT_EQ(server.fetch(bad[i / 4 % 4]).status, 400) << i / 4 % 4;
          } else if (i % 4 == 2) {
            EXPECT_THAT(expected[k], testing::Contains(tags_of(server.fetch(good))));
          } else {
            kept.send(text_of(good));
            EXPECT_THAT(expected[k], testing::Contains(tags_of(kept.receive())));
          }
        }
      });
    }
  };
  load();
  EXPECT_EQ(server.metric("tagserve_pictures_total"), 8 * 150);
  const int64_t memory = resident_kib(server);
  for (int round = 0; round < 3; ++round) load();
  EXPECT_TRUE(closes_files(server, files));
  EXPECT_LT(resident_kib(server) - memory, 10 << 10);
  server.program().signal(SIGTERM);
  EXPECT_EQ(server.program().wait(), 143);
}

}  // namespace
}  // namespace tagloom
