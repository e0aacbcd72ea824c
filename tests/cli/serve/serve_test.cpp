// Tests tagserve over HTTP: tags, forms, options, the page, errors, tokens and signals.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <set>
#include <thread>

#include "tests/cli/serve/serve_tools.h"

namespace tagloom {
namespace {

using nlohmann::ordered_json;
using test::ClientRequest;
using test::ClientResponse;
using test::fetch;
using test::form_file;
using test::HttpClient;
using test::kFormType;
using test::ProgramResult;
using test::run_program;
using test::Server;
using test::text_of;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class Serve : public test::ServeTools {};

TEST_F(Serve, MatchesTagpredict) {
  const auto contents = pictures();
  const auto expected = predicted(), few = predicted({"--top-k", "2", "--threshold", "0.3"});
  ASSERT_EQ(expected.size(), contents.size());
  for (size_t i = 0; i < contents.size(); ++i) {
    const ClientResponse response = shared().tag(contents[i]);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.fields.at("content-type"), "application/json");
    EXPECT_EQ(tags_of(response), expected[i]);
    EXPECT_EQ(ordered_json::parse(response.body)["model"], "finished");
    EXPECT_EQ(tags_of(shared().tag(contents[i], "?top_k=2&threshold=0.3")), few[i]);
  }
}

TEST_F(Serve, TakesItsDefaultsFromFlags) {
  const Server server(finished(), {"--top-k", "2", "--threshold", "0.3"});
  const auto few = predicted({"--top-k", "2", "--threshold", "0.3"});
  EXPECT_EQ(tags_of(server.tag(pictures()[0])), few[0]);
  EXPECT_EQ(tags_of(server.tag(pictures()[0], "?top_k=3")), predicted({"--top-k", "3"})[0]);
}

// Sixteen concurrent clients fill the batches; each picture must get the same scores as in a batch of its own copies.
TEST_F(Serve, SharesBatchesWithoutChangingScores) {
  const Server server(finished(), {"--batch", "4", "--batch-wait", "200"});
  const auto contents = pictures();
  const auto expected = predicted_in_batches(4);
  {
    std::vector<std::jthread> clients;
    for (size_t client = 0; client < 16; ++client) {
      clients.emplace_back([&, client] {
        for (size_t i = 0; i < contents.size(); ++i) {
          const size_t k = (client + i) % contents.size();
          EXPECT_THAT(expected[k], testing::Contains(tags_of(server.tag(contents[k]))));
        }
      });
    }
  }
  const double all = 16.0 * static_cast<double>(contents.size());
  EXPECT_EQ(server.metric("tagserve_pictures_total"), all);
  EXPECT_LT(server.metric("tagserve_batch_pictures_count"), all / 2);  // on average more than two pictures share a batch
  EXPECT_EQ(server.metric("tagserve_batch_pictures_bucket{le=\"4\"}"), server.metric("tagserve_batch_pictures_count"));
}

TEST_F(Serve, TagsTheFilesOfAForm) {
  const auto contents = pictures();
  const auto expected = predicted_in_batches(2);
  const ClientResponse response =
      shared().fetch({.method = "POST",
                      .target = "/tag",
                      .fields = {{"Content-Type", kFormType}},
                      .body = form_file("a.jpg", contents[0]) + form_file("caf\xe9.jpg", contents[1]) +
                              form_file("notes.txt", "hello") + "--xyz--"});
  EXPECT_EQ(response.status, 200);
  const auto body = ordered_json::parse(response.body);
  ASSERT_EQ(body["pictures"].size(), 3u) << response.body;
  EXPECT_EQ(body["pictures"][0]["name"], "a.jpg");
  EXPECT_THAT(expected[0], testing::Contains(body["pictures"][0]["tags"].dump()));
  EXPECT_EQ(body["pictures"][1]["name"], "caf\xef\xbf\xbd.jpg");
  EXPECT_EQ(body["pictures"][1]["name_bytes"], "Y2Fm6S5qcGc=");
  EXPECT_THAT(expected[1], testing::Contains(body["pictures"][1]["tags"].dump()));
  EXPECT_FALSE(body["pictures"][2].contains("tags"));
  EXPECT_THAT(body["pictures"][2]["error"].get<std::string>(), HasSubstr("notes.txt: "));
  const ClientResponse none = shared().fetch({.method = "POST",
                                              .target = "/tag",
                                              .fields = {{"Content-Type", kFormType}},
                                              .body = form_file("notes.txt", "hello") + "--xyz--"});
  EXPECT_EQ(none.status, 400);
  EXPECT_THAT(none.body, HasSubstr("notes.txt: "));
}

TEST_F(Serve, AcceptsRequestsFromCurl) {
  if (run_program({"/bin/sh", "-c", "command -v curl"}).code != 0) GTEST_SKIP() << "curl is not installed";
  const std::string url = "http://localhost:" + std::to_string(shared().port()) + "/tag", file = picture_files()[0];
  const std::string large = path("large.ppm");  // large enough for curl to send Expect: 100-continue
  test::write_whole_file(large, "P6 700 700 255\n" + std::string(700 * 700 * 3, '\x80'));
  const std::string expected = predicted()[0];
  const auto curl = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"/usr/bin/env", "curl", "-sS", "--noproxy", "*", url});
    const ProgramResult result = run_program(more);
    EXPECT_EQ(result.code, 0) << result.err;
    return ordered_json::parse(result.out);
  };
  EXPECT_EQ(curl({"--data-binary", "@" + file})["tags"].dump(), expected);
  EXPECT_EQ(curl({"-F", "file=@" + file})["pictures"][0]["tags"].dump(), expected);
  EXPECT_EQ(curl({"-X", "POST", "-T", file})["tags"].dump(), expected);
  EXPECT_TRUE(curl({"--data-binary", "@" + large}).contains("tags"));
}

TEST_F(Serve, ReportsErrorsAsJson) {
  const std::string picture = pictures()[0];
  const struct {
    ClientRequest request;
    int status;
    const char* message;
  } cases[] = {
      {{.target = "/favicon.ico"}, 404, "no such path: use /, /tag, /health or /metrics"},
      {{.target = "/tag"}, 405, "/tag accepts only POST"},
      {{.method = "DELETE", .target = "/health"}, 405, "/health accepts only GET, HEAD"},
      {{.method = "POST", .target = "/tag"}, 411, "needs a Content-Length"},
      {{.method = "POST", .target = "/tag", .fields = {{"Content-Length", "0"}}}, 400, "the picture: "},
      {{.method = "POST", .target = "/tag", .fields = {}, .body = "hello"}, 400, "the picture: "},
      {{.method = "POST", .target = "/tag", .fields = {}, .body = picture.substr(0, picture.size() / 2)}, 400, "the picture: "},
      {{.method = "POST", .target = "/tag?top_k=0", .fields = {}, .body = picture}, 400, "must be an integer of at least 1"},
      {{.method = "POST", .target = "/tag?topk=1", .fields = {}, .body = picture}, 400, "it may contain top_k and threshold"},
      {{.method = "POST", .target = "/tag", .fields = {{"Content-Encoding", "gzip"}}, .body = picture}, 415, "Content-Encoding"},
      {{.method = "POST", .target = "/tag", .fields = {{"Content-Type", "multipart/mixed"}}, .body = picture},
       415,
       "multipart/mixed"},
      {{.method = "POST", .target = "/tag", .fields = {{"Content-Type", "multipart/form-data"}}, .body = picture},
       400,
       "boundary"},
      {{.method = "POST", .target = "/tag", .fields = {{"Origin", "http://evil.example"}}, .body = picture}, 403, "evil.example"},
      {{.method = "POST", .target = "/tag", .fields = {{"Host", "evil.example"}}, .body = picture}, 421, "--name evil.example"},
      {{.method = "POST", .target = "/tag", .fields = {{"Expect", "a-pony"}}, .body = picture}, 417, "100-continue"},
  };
  for (const auto& one : cases) {
    const ClientResponse response = shared().fetch(one.request);
    EXPECT_EQ(response.status, one.status) << text_of(one.request).substr(0, 200);
    const auto body = ordered_json::parse(response.body, nullptr, false);
    ASSERT_TRUE(body.is_object() && body.contains("error")) << response.body;
    EXPECT_THAT(body["error"].get<std::string>(), HasSubstr(one.message));
  }
}

TEST_F(Serve, RefusesLargeBodiesBeforeTheyAreSent) {
  const Server server(finished(), {"--max-bytes", "1000"});
  EXPECT_EQ(server.tag(std::string(1001, 'x')).status, 413);
  HttpClient patient(server.port());
  patient.send("POST /tag HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(patient.receive().status, 413);
  EXPECT_EQ(server.tag(std::string(1000, 'x')).status, 400);
  const ClientResponse huge = server.tag(std::string(20 << 20, 'x'));  // the server reads it all before it closes
  EXPECT_EQ(huge.status, 413);
  EXPECT_EQ(huge.fields.at("connection"), "close");
}

TEST_F(Serve, RefusesPicturesAboveTheQueueLimit) {
  const Server server(finished(), {"--queue", "2"});
  std::string form;
  for (int i = 0; i < 3; ++i) form += form_file("a.jpg", pictures()[0]);
  const ClientResponse full =
      server.fetch({.method = "POST", .target = "/tag", .fields = {{"Content-Type", kFormType}}, .body = form + "--xyz--"});
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.fields.at("retry-after"), "1");
  EXPECT_EQ(server.metric("tagserve_pictures_waiting"), 0);
  EXPECT_EQ(server.tag(pictures()[0]).status, 200);
}

// A client that waits for each response never finds its own previous pictures in the queue.
TEST_F(Serve, NeverRefusesASequentialClientWithinTheQueueLimit) {
  const Server server(finished(), {"-q", "--queue", "2"});
  const std::string pixel = "P5 1 1 255\n\x80";
  const ClientRequest one{.method = "POST", .target = "/tag", .fields = {}, .body = pixel};
  const ClientRequest two{.method = "POST",
                          .target = "/tag",
                          .fields = {{"Content-Type", kFormType}},
                          .body = form_file("a", pixel) + form_file("b", pixel) + "--xyz--"};
  std::map<int, int> statuses;
  std::optional<HttpClient> client;
  for (int i = 0; i < 300; ++i) {
    if (!client) client.emplace(server.port());
    client->send(text_of(i % 3 == 0 ? one : two));
    const int status = client->receive().status;
    ++statuses[status];
    if (status != 200) client.reset();  // the server closes the connection
  }
  EXPECT_EQ(statuses, (std::map<int, int>{{200, 300}}));
}

// RFC 9110, 10.1.1: an HTTP/1.0 client does not understand 100 Continue.
TEST_F(Serve, SendsContinueOnlyToHttp11) {
  const std::string picture = pictures()[0];
  const std::string fields = "\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(picture.size());
  for (const auto& [version, first] : std::map<std::string, int>{{"1.0", 200}, {"1.1", 100}}) {
    HttpClient client(shared().port());
    client.send("POST /tag HTTP/" + version + fields + "\r\n\r\n");
    EXPECT_EQ(shared().fetch({.target = "/health"}).status, 200);  // the header has been read by now
    client.send(picture);
    EXPECT_EQ(client.receive(first != 100).status, first) << version;
  }
}

TEST_F(Serve, RefusesConnectionsAboveTheLimit) {
  const Server server(finished(), {"--max-connections", "3"});
  std::vector<HttpClient> open;
  for (int i = 0; i < 3; ++i) {
    open.emplace_back(server.port());
    open.back().send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(open.back().receive().status, 200);
  }
  HttpClient late(server.port());
  const ClientResponse refused = late.receive();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.fields.at("retry-after"), "1");
  EXPECT_EQ(refused.body, "{\"error\":\"the server has too many open connections: try again\"}\n");
  open[0].send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(open[0].receive().body, HasSubstr("tagserve_connections_refused_total 1\n"));
}

TEST_F(Serve, PageAllowsOnlyItsOwnScriptAndStyle) {
  const ClientResponse page = shared().fetch({.target = "/"});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.fields.at("content-type"), "text/html; charset=utf-8");
  const std::string policy = page.fields.at("content-security-policy"), start = "script-src 'nonce-";
  ASSERT_THAT(policy, HasSubstr("default-src 'none'; "));
  const std::string nonce = policy.substr(policy.find(start) + start.size(), 32);
  EXPECT_THAT(page.body, HasSubstr("<script nonce=\"" + nonce + "\">"));
  EXPECT_THAT(page.body, HasSubstr("<style nonce=\"" + nonce + "\">"));
  EXPECT_THAT(page.body, Not(HasSubstr("id=\"token\"")));
  EXPECT_THAT(page.body, Not(ContainsRegex("(src|href)=\"(http|//)")));
  EXPECT_THAT(shared().fetch({.target = "/"}).fields.at("content-security-policy"), Not(HasSubstr(nonce)));
  const ClientResponse head = shared().fetch({.method = "HEAD", .target = "/"});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.fields.at("content-length"), page.fields.at("content-length"));
}

TEST_F(Serve, ReportsHealthAndMetrics) {
  const ClientResponse health = shared().fetch({.target = "/health"});
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, "{\"status\":\"ok\",\"model\":\"finished\"}\n");
  const double before = shared().metric("tagserve_pictures_total");
  EXPECT_EQ(shared().tag(pictures()[0]).status, 200);
  EXPECT_EQ(shared().metric("tagserve_pictures_total"), before + 1);
  EXPECT_GT(shared().metric("tagserve_requests_total{code=\"200\"}"), 0);
}

TEST_F(Serve, AcceptsTheGivenHostNames) {
  const Server server(finished(), {"--name", "Photos.example"});
  EXPECT_EQ(server.fetch({.target = "/health", .fields = {{"Host", "photos.example:80"}}}).status, 200);
  EXPECT_EQ(server.fetch({.target = "/health", .fields = {{"Host", "example"}}}).status, 421);
}

TEST_F(Serve, RequiresTheToken) {
  const std::string token = "correct-horse-battery", picture = pictures()[0];
  test::write_whole_file(path("token"), token + "\n");
  for (const bool from_file : {true, false}) {
    std::map<std::string, std::string> environment{{"TAGLOOM_TOKEN", from_file ? "another-token-of-mine" : token}};
    Server server(finished(), from_file ? std::vector<std::string>{"--token-file", path("token")} : std::vector<std::string>{},
                  environment);
    const ClientResponse without = server.tag(picture);
    EXPECT_EQ(without.status, 401);
    EXPECT_EQ(without.fields.at("www-authenticate"), "Bearer");
    const auto with = [&](const std::string& given) {
      return server.fetch(
          {.method = "POST", .target = "/tag", .fields = {{"Authorization", "Bearer " + given}}, .body = picture});
    };
    EXPECT_EQ(with("another-token-of-mine").status, 401);
    EXPECT_EQ(with(token).status, 200);
    EXPECT_EQ(server.fetch({.target = "/metrics"}).status, 401);
    EXPECT_EQ(server.fetch({.target = "/health"}).status, 200);
    EXPECT_THAT(server.fetch({.target = "/"}).body, HasSubstr("id=\"token\""));
    server.program().signal(SIGTERM);
    EXPECT_EQ(server.program().wait(), 143);
    EXPECT_THAT(server.program().out() + server.program().err(), Not(HasSubstr(token)));
  }
  const ProgramResult short_token = run_program({"tagserve", finished()}, {.environment = {{"TAGLOOM_TOKEN", "secret"}}});
  EXPECT_EQ(short_token.code, 2);
  EXPECT_THAT(short_token.err, HasSubstr("TAGLOOM_TOKEN: a token must be one line of at least 16"));
  EXPECT_THAT(short_token.err, Not(HasSubstr("secret")));
  EXPECT_EQ(run_program({"tagserve", finished(), "--token-file", path("no-such-file")}).code, 3);
}

TEST_F(Serve, WarnsWhenOpenToTheNetworkWithoutAToken) {
  test::BackgroundProgram open({"tagserve", finished(), "--host", "0.0.0.0", "--port", "0"});
  ASSERT_TRUE(open.wait_for("url=http://0.0.0.0:"));
  EXPECT_THAT(open.err(), HasSubstr("is open to the network without a token"));
  test::BackgroundProgram closed({"tagserve", finished(), "--host", "0.0.0.0", "--port", "0"},
                                 {{"TAGLOOM_TOKEN", "correct-horse-battery"}});
  ASSERT_TRUE(closed.wait_for("url=http://0.0.0.0:"));
  EXPECT_THAT(closed.err(), Not(HasSubstr("warning")));
}

TEST_F(Serve, LogsEachRequest) {
  Server server(finished());
  server.fetch({.target = "/no such"});
  server.fetch({.target = "/health?a=\"b\""});
  server.tag(pictures()[0]);
  ASSERT_TRUE(server.program().wait_for("pictures=1"));
  const std::string log = server.program().err();
  EXPECT_THAT(log, ContainsRegex("time=[^ ]+ client=127.0.0.1 method=- target=- status=505 bytes=0 pictures=0 ms=[0-9.]+\n"));
  EXPECT_THAT(log, HasSubstr("target=\"/health?a='b'\" status=200"));
  EXPECT_THAT(log, HasSubstr("method=POST target=/tag status=200 bytes=" + std::to_string(pictures()[0].size()) + " pictures=1"));
  Server quiet(finished(), {"-q"});
  quiet.tag(pictures()[0]);
  quiet.program().signal(SIGINT);
  EXPECT_EQ(quiet.program().wait(), 130);
  EXPECT_EQ(quiet.program().err(), "");
}

// The log goes to a pipe that nobody reads, then somebody does, and then nobody again.
TEST_F(Serve, AnswersWhileNobodyReadsItsLog) {
  const std::string pipe = path("log"), start = "url=http://127.0.0.1:";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  test::BackgroundProgram server(
      {"/bin/bash", "-c", "exec " + test::built_program("tagserve") + " " + finished() + " --port 0 2> " + pipe});
  ASSERT_TRUE(server.wait_for("url="));
  HttpClient client(std::stoi(server.out().substr(start.size())));
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i) {
      client.send(text_of({.target = "/health?" + std::string(2000, 'x')}));
      ASSERT_EQ(client.receive().status, 200) << i;
    }
  };
  ASSERT_NO_FATAL_FAILURE(send(1000));
  std::string log;
  int written = 0, dropped = 0;
  for (pollfd ready{reader, POLLIN, 0}; written + dropped < 1000 && poll(&ready, 1, 60000) == 1;) {
    char text[65536];
    if (const ssize_t count = read(reader, text, sizeof text); count > 0) log.append(text, static_cast<size_t>(count));
    for (size_t end; (end = log.find('\n')) != log.npos; log.erase(0, end + 1)) {
      const std::string line = log.substr(0, end);
      const size_t number = line.find(" dropped=");
      dropped += number == line.npos ? 0 : std::stoi(line.substr(number + 9));
      written += line.find(" status=200 ") != line.npos;
    }
  }
  EXPECT_EQ(written + dropped, 1000);
  EXPECT_GT(dropped, 0);
  ASSERT_NO_FATAL_FAILURE(send(100));
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 143);
  close(reader);
}

TEST_F(Serve, FinishesRequestsWhenItIsStopped) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Server server(finished());
    const std::string picture = pictures()[0],
                      request = text_of({.method = "POST", .target = "/tag", .fields = {}, .body = picture});
    HttpClient idle(server.port()), busy(server.port());
    busy.send(request.substr(0, request.size() - 10));
    EXPECT_EQ(server.fetch({.target = "/health"}).status, 200);  // the header has arrived by now
    server.program().signal(signal);
    EXPECT_TRUE(idle.at_end());  // the server has received the signal
    EXPECT_THROW(HttpClient(server.port()), std::system_error);
    busy.send(request.substr(request.size() - 10));
    const ClientResponse response = busy.receive();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.fields.at("connection"), "close");
    EXPECT_EQ(tags_of(response), predicted()[0]);
    EXPECT_EQ(server.program().wait(), 128 + signal);
  }
}

TEST_F(Serve, ReportsUnusablePorts) {
  const auto problem = [&](const std::vector<std::string>& flags) {
    std::vector<std::string> words{"tagserve", finished()};
    words.insert(words.end(), flags.begin(), flags.end());
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.code, 2) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    return result.err;
  };
  const std::string port = std::to_string(shared().port());
  EXPECT_THAT(problem({"--port", port}),
              HasSubstr("127.0.0.1:" + port + ": cannot be served on: Address already in use: choose another"));
  EXPECT_THAT(problem({"--port", "65536"}), HasSubstr("--port 65536: is not a port: give one from 0 to 65535"));
  EXPECT_THAT(problem({"--port", "-1"}), HasSubstr("give one from 0 to 65535"));
  EXPECT_THAT(problem({"--host", "example.com"}), HasSubstr("--host example.com: is not an address"));
  EXPECT_THAT(problem({"--host", "192.0.2.1", "--port", "0"}), HasSubstr("choose another --host"));
  EXPECT_THAT(problem({"--timeout", "0"}), HasSubstr("--timeout is 0: it must be 1 to 3600"));
  EXPECT_THAT(problem({"--top-k", "0"}), HasSubstr("--top-k is 0"));
}

}  // namespace
}  // namespace tagloom
