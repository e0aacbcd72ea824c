// Parses forms as browsers and curl write them, and invalid ones.
#include "tools/serve/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr char kType[] = "multipart/form-data; boundary=xyz";

std::string part(const std::string& disposition, const std::string& content) {
  return "--xyz\r\nContent-Disposition: " + disposition + "\r\nContent-Type: image/jpeg\r\n\r\n" + content + "\r\n";
}

std::string problem_of(const std::string& type, const std::string& body) {
  try {
    parse_form(type, body);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "";
}

TEST(Multipart, FindsTheFiles) {
  const std::string picture("\xff\xd8\r\n--xy\r\n--\r\n\0z", 16);
  const std::string body = part("form-data; name=\"file\"; filename=\"a b.jpg\"", picture) +
                           part("form-data; filename=b.png; name=file", "") + "--xyz--\r\n";
  const auto files = parse_form(kType, body);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].name, "a b.jpg");
  EXPECT_EQ(files[0].content, picture);
  EXPECT_EQ(files[1].name, "b.png");
  EXPECT_EQ(files[1].content, "");
}

TEST(Multipart, ReadsOtherSpellings) {
  const std::string body =
      "a preamble\r\n--a b  \t\r\ncontent-disposition:form-data;FileName=\"q\\\"\\\\.jpg\"\r\n\r\nx\r\n--a b--epilogue";
  for (const char* type :
       {"Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", "multipart/form-data ;boundary= \"a b\" ; x"}) {
    EXPECT_TRUE(is_media_type(type, "multipart/form-data"));
    const auto files = parse_form(type, body);
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].name, "q\"\\.jpg");
    EXPECT_EQ(files[0].content, "x");
  }
  EXPECT_FALSE(is_media_type("multipart/form-data-2", "multipart/form-data"));
  EXPECT_FALSE(is_media_type("", "multipart/form-data"));
}

TEST(Multipart, KeepsNamesAsTheyAre) {
  const std::string name = "../caf\xe9/\xe2\x82\xac.jpg";
  EXPECT_EQ(parse_form(kType, part("form-data; filename=\"" + name + "\"", "x") + "--xyz--")[0].name, name);
}

TEST(Multipart, RejectsMalformedForms) {
  using testing::HasSubstr;
  const std::string good = part("form-data; filename=a", "x");
  EXPECT_THAT(problem_of("multipart/form-data", good), HasSubstr("no boundary"));
  EXPECT_THAT(problem_of("multipart/form-data; boundary=", good), HasSubstr("no boundary"));
  EXPECT_THAT(problem_of("multipart/form-data; boundary=" + std::string(71, 'a'), good), HasSubstr("no boundary"));
  EXPECT_THAT(problem_of(kType, ""), HasSubstr("does not contain its boundary"));
  EXPECT_THAT(problem_of(kType, "--other\r\n"), HasSubstr("does not contain its boundary"));
  EXPECT_THAT(problem_of(kType, "--xyz--"), HasSubstr("has no files"));
  EXPECT_THAT(problem_of(kType, "--xyz"), HasSubstr("text after a boundary"));
  EXPECT_THAT(problem_of(kType, "--xyzabc\r\n"), HasSubstr("text after a boundary"));
  EXPECT_THAT(problem_of(kType, "--xyz\r\nContent-Disposition: form-data"), HasSubstr("has a part whose header does not end"));
  EXPECT_THAT(problem_of(kType, part("form-data; filename=" + std::string(5000, 'a'), "x")),
              HasSubstr("whose header does not end"));
  EXPECT_THAT(problem_of(kType, "--xyz\r\nContent-Disposition: form-data; filename=a\r\n\r\nx"), HasSubstr("middle of a part"));
  EXPECT_THAT(problem_of(kType, part("form-data; name=\"top_k\"", "3") + "--xyz--"), HasSubstr("field \"top_k\" is not a file"));
  EXPECT_THAT(problem_of(kType, "--xyz\r\n\r\nx\r\n--xyz--"), HasSubstr("whose header does not end"));
  std::string many;
  for (size_t i = 0; i <= kMostFormFiles; ++i) many += good;
  EXPECT_THAT(problem_of(kType, many + "--xyz--"), HasSubstr("more than 256 files"));
}

// Every prefix of a form, and 20,000 random mutations, either parse into parts of the body or are rejected.
TEST(Multipart, SurvivesDamage) {
  const std::string body = part("form-data; filename=\"a.jpg\"", "one") + part("form-data; filename=b", "two") + "--xyz--\r\n";
  const auto parse_or_reject = [](const std::string& type, const std::string& damaged) {
    try {
      for (const FormFile& file : parse_form(type, damaged)) {
        ASSERT_GE(file.content.data(), damaged.data());
        ASSERT_LE(file.content.data() + file.content.size(), damaged.data() + damaged.size());
      }
    } catch (const Error&) {
    }
  };
  for (size_t i = 0; i < body.size(); ++i) parse_or_reject(kType, body.substr(0, i));
  std::mt19937 random(7);
  const std::string bytes("\r\n-;=\":\\xyz \t\0\xff", 15);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = body, type = kType;
    for (int change = 0; change < 3; ++change) {
      damaged[random() % damaged.size()] = bytes[random() % bytes.size()];
      damaged.erase(random() % damaged.size(), random() % 3);
    }
    if (round % 4 == 0) type[random() % type.size()] = bytes[random() % bytes.size()];
    parse_or_reject(type, damaged);
  }
}

}  // namespace
}  // namespace tagloom
