// Compares the lines that tagpredict prints with literal text.
#include "tools/predict/tag_lines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace tagloom {
namespace {

const TaggedPicture kPicture{"a/b,c.jpg", {{"road", 0.94189f}, {"Dog", 0.1f, {"Animals", "Pets"}}, {"a:b, c", 1e-7f}}};
const TaggedPicture kUntagged{"a.jpg", {}};

TEST(TagLines, TextIsQuotedOnlyWhereNeeded) {
  EXPECT_EQ(text_line({"picture.jpg", {{"road", 1}, {"blue sky", 0}}}, false), "picture.jpg\troad,blue sky\n");
  EXPECT_EQ(text_line(kPicture, false), "a/b,c.jpg\troad,Animals|Pets|Dog,\"a:b, c\"\n");
  EXPECT_EQ(text_line({"a\tb.jpg", {{"say \"a\"", 0}, {":d", 0}}}, false), "\"a\tb.jpg\"\t\"say \"\"a\"\"\",:d\n");
  EXPECT_EQ(text_line(kUntagged, false), "a.jpg\t\n");
}

TEST(TagLines, TextHasScoresAfterColons) {
  EXPECT_EQ(text_line(kPicture, true), "a/b,c.jpg\troad:0.94189,Animals|Pets|Dog:0.1,\"a:b, c\":1e-07\n");
}

TEST(TagLines, CsvHasOneTagPerRow) {
  EXPECT_EQ(csv_heading() + csv_lines(kPicture),
            "path,tag,score\n\"a/b,c.jpg\",road,0.94189\n\"a/b,c.jpg\",Animals|Pets|Dog,0.1\n\"a/b,c.jpg\",\"a:b, c\",1e-07\n");
  EXPECT_EQ(csv_lines(kUntagged), "a.jpg,,\n");
}

TEST(TagLines, JsonHasLevels) {
  EXPECT_EQ(json_line(kPicture),
            R"({"path":"a/b,c.jpg","tags":[{"tag":"road","score":0.94189},)"
            R"({"tag":"Animals|Pets|Dog","levels":["Animals","Pets","Dog"],"score":0.1},{"tag":"a:b, c","score":1e-07}]})"
            "\n");
  EXPECT_EQ(json_line(kUntagged), "{\"path\":\"a.jpg\",\"tags\":[]}\n");
  EXPECT_EQ(json_line({"a.jpg", {{"sky", NAN}}}), "{\"path\":\"a.jpg\",\"tags\":[{\"tag\":\"sky\",\"score\":null}]}\n");
}

// 1,000 consecutive floats.
TEST(TagLines, ScoresReadBackExactly) {
  float score = 0.7f;
  for (int i = 0; i < 1000; ++i, score = std::nextafter(score, 1.0f)) {
    EXPECT_EQ(std::strtof(score_text(score).c_str(), nullptr), score);
    const auto line = nlohmann::json::parse(json_line({"a.jpg", {{"sky", score}}}));
    EXPECT_EQ(line["tags"][0]["score"].get<float>(), score);
  }
  EXPECT_EQ(score_text(1), "1");
  EXPECT_EQ(score_text(0.1f), "0.1");
}

}  // namespace
}  // namespace tagloom
