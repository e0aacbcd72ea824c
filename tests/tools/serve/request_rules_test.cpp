// Tests which requests are refused before their body is read.
#include "tools/serve/request_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tools/serve/tag_query.h"

namespace tagloom {
namespace {

HttpHead get(const std::string& target) { return {.method = "GET", .target = target, .host = "localhost:8080", .origin = {}}; }

HttpHead post() {
  HttpHead head = get("/tag");
  head.method = "POST";
  head.content_length = 10;
  return head;
}

// The status of the refusal, or 0 if the request is accepted.
int status_of(const HttpHead& head, const RequestRules& rules = {}) {
  const auto response = refusal(rules, head);
  return response ? response->status : 0;
}

int status_of_host(const std::string& host, const RequestRules& rules = {}) {
  HttpHead head = post();
  head.host = host;
  return status_of(head, rules);
}

int status_of_origin(const std::string& origin, const std::string& host = "localhost:8080") {
  HttpHead head = post();
  head.host = host;
  head.origin = origin;
  return status_of(head);
}

TEST(RequestRules, AcceptFourPaths) {
  for (const char* path : {"/", "/health", "/metrics", "/?a", "/health?x=1"}) EXPECT_EQ(status_of(get(path)), 0) << path;
  for (const char* path : {"/tag/", "//tag", "/TAG", "/../tag", "/%74ag", "/health/..", "/metrics;", "/favicon.ico"})
    EXPECT_EQ(status_of(get(path)), 404) << path;
  for (const char* target : {"", "*", "http://localhost/tag", "tag", "?"}) EXPECT_EQ(status_of(get(target)), 400) << target;
}

TEST(RequestRules, LimitMethods) {
  HttpHead head = get("/tag");
  const auto response = refusal({}, head);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 405);
  EXPECT_THAT(response->fields, testing::Contains(testing::Pair("Allow", "POST")));
  for (const char* method : {"POST", "PUT", "get", "GE", "GET, HEAD", "", ","}) {
    head = get("/health");
    head.method = method;
    EXPECT_EQ(status_of(head), 405) << method;
  }
  head.method = "HEAD";
  EXPECT_EQ(status_of(head), 0);
}

TEST(RequestRules, LimitBodies) {
  HttpHead head = post();
  EXPECT_EQ(status_of(head, {.token = {}, .names = {}, .most_bytes = 10}), 0);
  EXPECT_EQ(status_of(head, {.token = {}, .names = {}, .most_bytes = 9}), 413);
  head.content_length = ~uint64_t{0};
  EXPECT_EQ(status_of(head), 413);
  head.content_length.reset();
  EXPECT_EQ(status_of(head), 411);
}

TEST(RequestRules, AcceptPicturesOfAnyType) {
  HttpHead head = post();
  for (const char* type :
       {"", "image/jpeg", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"}) {
    head.content_type = type;
    EXPECT_EQ(status_of(head), 0) << type;
  }
  head.content_type = "multipart/mixed; boundary=x";
  EXPECT_EQ(status_of(head), 415);
  head.content_type = "";
  head.content_encoding = "gzip";
  EXPECT_EQ(status_of(head), 415);
}

TEST(RequestRules, RejectUnknownHostNames) {
  for (const char* host : {"localhost", "LocalHost:8080", "127.0.0.1:8080", "192.168.0.7", "[::1]:8080", "[fe80::1]"})
    EXPECT_EQ(status_of_host(host), 0) << host;
  for (const char* host : {"", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "[::1",
                           "localhost@evil", "127.1", "photos"})
    EXPECT_EQ(status_of_host(host), 421) << host;
  EXPECT_EQ(status_of_host("Photos:80", {.token = {}, .names = {"photos"}}), 0);
  HttpHead old = post();  // HTTP/1.0 allows requests without a Host, but no browser sends them
  old.host.reset();
  EXPECT_EQ(status_of(old), 0);
}

TEST(RequestRules, RejectOtherSites) {
  EXPECT_EQ(status_of_origin("http://localhost:8080"), 0);
  EXPECT_EQ(status_of_origin("https://localhost:8080"), 0);  // through a proxy
  for (const char* origin : {"", "null", "http://localhost", "http://localhost:80801", "http://evil.example",
                             "http://localhost:8080.evil.example", "file://localhost:8080", "localhost:8080"})
    EXPECT_EQ(status_of_origin(origin), 403) << origin;
}

TEST(RequestRules, RequireTheToken) {
  const RequestRules rules{.token = "0123456789abcdef", .names = {}};
  HttpHead head = post();
  EXPECT_EQ(status_of(head, rules), 401);
  for (const char* wrong : {"Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0", "Bearer 0123456789abcde",
                            "0123456789abcdef", "Basic 0123456789abcdef", "Bearer 0123456789abcdef0123456789abcdef"}) {
    head.authorization = wrong;
    EXPECT_EQ(status_of(head, rules), 401) << wrong;
  }
  for (const char* right : {"Bearer 0123456789abcdef", "bearer 0123456789abcdef"}) {
    head.authorization = right;
    EXPECT_EQ(status_of(head, rules), 0) << right;
  }
  EXPECT_EQ(status_of(get("/metrics"), rules), 401);
  EXPECT_EQ(status_of(get("/health"), rules), 0);
  EXPECT_EQ(status_of(get("/"), rules), 0);
  EXPECT_EQ(status_of_host("photos.example", rules), 401);  // the token is required whatever the host name
}

TEST(RequestRules, CompareSecrets) {
  EXPECT_TRUE(equal_secrets("abc", "abc"));
  EXPECT_TRUE(equal_secrets("", ""));
  for (const char* wrong : {"", "a", "ab", "abd", "abcabc", "abca"}) EXPECT_FALSE(equal_secrets(wrong, "abc")) << wrong;
  EXPECT_FALSE(equal_secrets("abc", ""));
}

TEST(TagQuery, ReplacesTheRule) {
  const SelectionRule rule{.top_k = 5};
  EXPECT_EQ(rule_of_query("", rule).top_k, 5);
  EXPECT_EQ(rule_of_query("top_k=3", rule).top_k, 3);
  const SelectionRule threshold = rule_of_query("threshold=0.25", rule);
  EXPECT_EQ(threshold.threshold, 0.25);
  EXPECT_FALSE(threshold.top_k);
  const SelectionRule both = rule_of_query("threshold=-1&top_k=2", rule);
  EXPECT_EQ(both.threshold, -1);
  EXPECT_EQ(both.top_k, 2);
}

TEST(TagQuery, RejectsInvalidQueries) {
  for (const char* query : {"top_k", "top_k=", "top_k=0", "top_k=-1", "top_k=1.5", "top_k=99999999999999999999", "top_k=%31",
                            "threshold=nan", "threshold=0x1", "threshold=1e999", "top_k=1&top_k=1", "top_k=1&", "&", "=",
                            "topk=1", "top_k=1&x=2", "top_k= 1", "top_k=1;threshold=0"}) {
    EXPECT_THROW(rule_of_query(query, {}), Error) << query;
  }
}

}  // namespace
}  // namespace tagloom
