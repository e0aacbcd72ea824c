// The page, its charts and its numbers.
#include "engine/report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "engine/report/html_text.h"
#include "engine/report/svg_chart.h"

namespace tagloom {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// "" if every opened element is closed in order, else the first that is not.
std::string first_unbalanced(const std::string& html) {
  static const std::set<std::string> kVoid = {"!DOCTYPE", "meta", "img", "input", "line", "circle"};
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const bool closing = html[at + 1] == '/';
    const size_t begin = at + (closing ? 2 : 1);
    const std::string name = html.substr(begin, html.find_first_of(" >/\n", begin) - begin);
    const size_t end = html.find('>', at);
    if (closing) {
      if (open.empty() || open.back() != name) return "</" + name + "> at " + std::to_string(at);
      open.pop_back();
    } else if (kVoid.count(name) == 0 && html[end - 1] != '/') {
      open.push_back(name);
      if (name == "script" || name == "style") at = html.find("</" + name, at) - 1;
    }
  }
  return open.empty() ? "" : "<" + open.back() + ">";
}

ReportData full_report() {
  ReportData data;
  data.title = "run <one>";
  data.subtitle = "a & b";
  data.made = "today";
  data.metrics = {{"f1_label", "F1 per tag", 0.3794, "Harmonic \"mean\".", true},
                  {"n_plus", "Tags found", 1560, "Tags > 0.", true},
                  {"map_label", "mAP", NAN, "None.", false}};
  data.notes = {"0/0 counts as 0"};
  data.charts = {
      {"Loss", "epoch", {{"training", {{1, 4}, {2, NAN}, {3, 2}, {4, 1}}}, {"it's \"validation\"", {{1, 3}, {4, 2}}}}, 4}};
  data.samples = {{"photos/<a>.jpg", {0xff, 0xd8, 0xff}, {"sky", "dog"}, {{"sky", 0.91, true}, {"cat", NAN, false}}},
                  {"b.jpg", {}, {}, {}}};
  data.tags = {{"sky", 120, 30, 40, 20, 0.5, 2.0 / 3, 4.0 / 7, 0.61},
               {"<script>alert(1)</script>", -1, 0, 0, 0, NAN, NAN, NAN, NAN}};
  data.facts = {{"Machine", {{"device", "cpu & co"}}}};
  data.settings = "[data]\ntrain = \"<x>\"\n";
  return data;
}

TEST(HtmlReport, IsOneSelfContainedWellFormedPage) {
  const std::string page = html_report(full_report());
  EXPECT_EQ(first_unbalanced(page), "");
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  for (size_t at = page.find("src="); at != std::string::npos; at = page.find("src=", at + 1))
    EXPECT_EQ(page.substr(at, 10), "src=\"data:");
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
}

TEST(HtmlReport, BalanceCheckFindsErrors) {
  EXPECT_EQ(first_unbalanced("<div><p></p></div>"), "");
  EXPECT_EQ(first_unbalanced("<div><p></div>"), "</div> at 8");
  EXPECT_EQ(first_unbalanced("<div>"), "<div>");
}

TEST(HtmlReport, EscapesExternalText) {
  const std::string page = html_report(full_report());
  EXPECT_THAT(page, HasSubstr("<title>run &lt;one&gt;</title>"));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, HasSubstr("title=\"photos/&lt;a&gt;.jpg\""));
  EXPECT_THAT(page, HasSubstr("train = &quot;&lt;x&gt;&quot;"));
  EXPECT_THAT(page, HasSubstr("title=\"Harmonic &quot;mean&quot;.\""));
}

TEST(HtmlReport, ShowsItsData) {
  const std::string page = html_report(full_report());
  EXPECT_THAT(page, HasSubstr("<b>0.379</b><span>F1 per tag</span>"));
  EXPECT_THAT(page, HasSubstr("<b>1,560</b><span>Tags found</span>"));
  EXPECT_THAT(page, HasSubstr("<td>–</td><td class=\"text\">None.</td>"));
  EXPECT_THAT(page, HasSubstr("data:image/jpeg;base64,/9j/\""));
  EXPECT_THAT(page, HasSubstr("<div class=\"guess right\"><b>✓</b><span>sky</span><em>0.91</em></div>"));
  EXPECT_THAT(page, HasSubstr("<div class=\"guess wrong\"><b>✗</b><span>cat</span><em></em></div>"));
  EXPECT_THAT(page, HasSubstr("<span>sky</span>, <span class=\"missed\">dog</span>"));
  EXPECT_THAT(page, HasSubstr("<td>sky</td><td data-v=\"120\">120</td><td data-v=\"30\">30</td>"));
  EXPECT_THAT(page, HasSubstr("data-v=\"0.571429\" style=\"--part:57.1%\">0.571</td>"));
  EXPECT_THAT(page, HasSubstr("<dt>device</dt><dd>cpu &amp; co</dd>"));
}

TEST(HtmlReport, LeavesOutEmptySections) {
  ReportData data;
  data.title = "empty";
  const std::string page = html_report(data);
  EXPECT_EQ(first_unbalanced(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<section")));
  EXPECT_THAT(page, Not(HasSubstr("href=")));
  data.tags = {{"sky"}};
  const std::string tags = html_report(data);
  EXPECT_THAT(tags, HasSubstr("<section id=\"tags\">"));
  EXPECT_THAT(tags, Not(HasSubstr("<button>training</button>")));  // these numbers are unknown
  EXPECT_THAT(tags, Not(HasSubstr("<button>AP</button>")));
}

TEST(SvgChart, AxesHaveRoundNumbers) {
  EXPECT_THAT(axis_ticks(0, 1, 5), ElementsAre(0, 0.25, 0.5, 0.75, 1));
  EXPECT_THAT(axis_ticks(1, 38, 5), ElementsAre(0, 10, 20, 30, 40));
  EXPECT_THAT(axis_ticks(-3, 3, 4), ElementsAre(-4, -2, 0, 2, 4));
  const std::vector<double> same = axis_ticks(5, 5, 5);
  EXPECT_LT(same.front(), 5);
  EXPECT_GT(same.back(), 5);
  EXPECT_GE(axis_ticks(0, 0, 5).size(), 3u);
}

TEST(SvgChart, CurvesSpanTheAxes) {
  const std::string svg = svg_chart({"Loss", "epoch", {{"a", {{0, 0}, {10, 1}}}}, kNotKnown});
  EXPECT_THAT(svg, HasSubstr("d=\"M52.0 216.0L546.0 12.0\""));  // from the lower left to the upper right corner
  EXPECT_THAT(svg, Not(HasSubstr("class=\"best\"")));
  EXPECT_THAT(svg_chart({"Loss", "epoch", {{"a", {{0, 0}, {10, 1}}}}, 5}), HasSubstr("class=\"best\" x1=\"299.0\""));
}

TEST(SvgChart, ShowsGapsAndSinglePoints) {
  const std::string svg = svg_chart({"Loss", "epoch", {{"a", {{1, 4}, {2, NAN}, {3, 2}, {4, 1}}}}, kNotKnown});
  EXPECT_THAT(svg, HasSubstr("<circle class=\"c1\" cx=\"52.0\""));
  EXPECT_THAT(svg, HasSubstr("<path class=\"c1\" d=\"M"));
  EXPECT_THAT(svg, HasSubstr("data-curves=\"[[&quot;a&quot;,[[1,4],[3,2],[4,1]]]]\""));
  EXPECT_THAT(svg_chart({"Loss", "epoch", {{"a", {{1, 5}}}}, kNotKnown}), HasSubstr("<circle"));
  EXPECT_THAT(svg_chart({"Loss", "epoch", {{"a", {}}}, kNotKnown}), HasSubstr("no values yet"));
}

TEST(HtmlText, Base64MatchesRfc4648) {
  const auto encoded = [](const std::string& text) { return base64(std::vector<uint8_t>(text.begin(), text.end())); };
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64({0xff, 0xef, 0xbe}), "/+++");
}

TEST(HtmlText, FormatsNumbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(-123), "-123");
  EXPECT_EQ(decimal(1.0 / 3, 3), "0.333");
  EXPECT_EQ(decimal(NAN, 3), "–");
  EXPECT_EQ(short_number(12345.678), "12,346");
  EXPECT_EQ(short_number(0.000123456), "0.0001235");
  EXPECT_EQ(short_number(20), "20");
}

}  // namespace
}  // namespace tagloom
