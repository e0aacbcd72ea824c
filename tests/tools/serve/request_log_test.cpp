// Tests the log of requests with readers that stop reading.
#include "tools/serve/request_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

namespace tagloom {
namespace {

using testing::ContainsRegex;

ServedRequest request(const std::string& target) {
  return {.client = "::1", .method = "GET", .target = target, .status = 200, .body_bytes = 7, .pictures = 1, .seconds = 0.25};
}

class RequestLogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(ends_), 0); }
  void TearDown() override { close(ends_[0]); }
  int end() const { return ends_[1]; }
  std::string read_to_end() {
    close(ends_[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t count; (count = read(ends_[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(count));
    return text;
  }
  std::string read_line() {
    std::string text;
    for (char c; !text.ends_with('\n') && read(ends_[0], &c, 1) == 1;) text += c;
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST_F(RequestLogTest, WritesOneLinePerRequest) {
  {
    RequestLog log(end());
    log.add(request("/a b=\"c\""));
    log.add(request(""));
  }
  const std::string rest = " status=200 bytes=7 pictures=1 ms=250.0\n";
  EXPECT_THAT(read_to_end(), ContainsRegex("^time=[0-9TZ:-]+ client=::1 method=GET target=\"/a b='c'\"" + rest +
                                           "time=[0-9TZ:-]+ client=::1 method=GET target=-" + rest + "$"));
}

TEST_F(RequestLogTest, CountsTheLinesThatItDrops) {
  std::optional<RequestLog> log(std::in_place, end(), size_t{100000});
  const int requests = 1000;
  for (int i = 0; i < requests; ++i)
    log->add(request("/" + std::string(1000, 'x') + std::to_string(i)));  // more than a pipe holds
  int expected = 0;
  while (expected < requests) {
    const std::string line = read_line();
    ASSERT_NE(line, "");
    if (const size_t at = line.find(" dropped="); at != line.npos) {
      expected += std::stoi(line.substr(at + 9));
    } else {
      EXPECT_THAT(line, testing::HasSubstr("x" + std::to_string(expected++) + " status=200 "));
    }
  }
  EXPECT_EQ(expected, requests);
  log->add(request("/later"));
  log.reset();
  EXPECT_THAT(read_to_end(), testing::HasSubstr("/later"));
}

}  // namespace
}  // namespace tagloom
