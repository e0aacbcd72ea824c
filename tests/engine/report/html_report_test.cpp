// The page, its charts and its numbers.
#include "engine/report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "engine/report/heat_map.h"
#include "engine/report/html_text.h"
#include "engine/report/picture_cards.h"
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
  data.tags[0].curve = {{0, 1}, {0.5, 0.75}, {1, 0.5}};
  data.precision_recall = {{.title = "P by R",
                            .x_name = "recall",
                            .curves = {{"precision", {{0.5, 1}, {1, 0.6}}, {0.9, 0.1}, "AP 0.8"}},
                            .fractions = true},
                           {.title = "<sky>",
                            .x_name = "recall",
                            .curves = {{"precision", {{1, 1}}, {0.9}, "AP 1"}},
                            .fractions = true,
                            .small = true}};
  data.precision_recall_about = "Every <threshold>.";
  data.galleries = {{"Worst & last", "Lowest.", data.samples}, {"Best", "None.", {}}};
  data.galleries[0].samples[0].badge = "F1 <0.40>";
  data.paths = {{data.samples[0],
                 {{{.tag = "<b>", .probability = 0.9, .chosen = true}, {.tag = "sky", .probability = 0.1, .correct = true}}}}};
  data.paths_about = "Steps & tags.";
  data.heat_maps = {
      {"Pairs", "Of <rows>.", {"sky", "<sea>"}, {"sky", "<sea>", "c"}, {9, 4, 0, 3, 6, 5}, {9, 6}, "{row} & {column}"}};
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
  EXPECT_THAT(page, HasSubstr("Every &lt;threshold&gt;."));
  EXPECT_THAT(page, HasSubstr("<h3>Worst &amp; last</h3>"));
  EXPECT_THAT(page, HasSubstr("<b class=\"badge\">F1 &lt;0.40&gt;</b>"));
  EXPECT_THAT(page, Not(HasSubstr("<h3>Best</h3>")));
  EXPECT_THAT(page, HasSubstr("<path class=\"c1\" d=\"M0 0L200 50L400 100\"/>"));  // in the table of tags
  for (const char* id : {"precision-recall", "extremes", "steps", "pairs"}) {
    EXPECT_THAT(page, HasSubstr(std::string("<section id=\"") + id + "\">"));
    EXPECT_THAT(page, HasSubstr(std::string("<a href=\"#") + id + "\">"));
  }
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

TEST(SvgChart, FractionsFillTheUnitSquare) {
  ReportChart chart{.title = "P", .x_name = "recall", .curves = {{"precision", {{0.5, 1}, {1, 0.25}}, {0.9, 0.125}, "AP 0.8"}}};
  chart.fractions = true;
  chart.marks = {{"as <selected>", 0.75, 0.5}};
  const std::string svg = svg_chart(chart);
  // x = 52 + 494 recall, y = 216 - 204 precision
  EXPECT_THAT(svg, HasSubstr("d=\"M299.0 12.0L546.0 165.0\""));
  EXPECT_THAT(svg, HasSubstr("<circle class=\"mark\" cx=\"422.5\" cy=\"114.0\""));
  EXPECT_THAT(svg, HasSubstr("as &lt;selected&gt;</span>"));
  EXPECT_THAT(svg, HasSubstr("[[0.5,1,0.9],[1,0.25,0.125]]"));  // for the tooltip: recall, precision, threshold
  EXPECT_THAT(svg, HasSubstr("precision <b>AP 0.8</b>"));
  chart.small = true;
  EXPECT_THAT(svg_chart(chart), HasSubstr("<h3>P <span>AP 0.8</span></h3>"));
}

// A drawn path has the points of its curve, for any axes.
TEST(SvgChart, DrawsTheGivenPoints) {
  ReportChart chart{.title = "P", .x_name = "recall", .curves = {{"precision", {}, {}, "AP"}}, .fractions = true};
  for (int i = 0; i <= 20; ++i) chart.curves[0].points.emplace_back(i / 20.0, 1 - i * i / 500.0);
  for (const bool small : {false, true}) {
    chart.small = small;
    const std::string svg = svg_chart(chart);
    const size_t begin = svg.find("<path class=\"c1\" d=\"M") + 21;
    std::istringstream path(svg.substr(begin, svg.find('"', begin) - begin));
    const double left = small ? 30 : 52, width = small ? 212 : 494, bottom = small ? 164 : 216, height = small ? 156 : 204;
    for (const auto& [x, y] : chart.curves[0].points) {
      double drawn_x = 0, drawn_y = 0;
      char line = 0;
      path >> drawn_x >> drawn_y >> line;
      EXPECT_NEAR(drawn_x, left + width * x, 0.051);
      EXPECT_NEAR(drawn_y, bottom - height * y, 0.051);
    }
  }
}

TEST(HeatMap, ShowsShares) {
  const std::string map = html_heat_map(full_report().heat_maps[0]);
  EXPECT_EQ(first_unbalanced(map), "");
  EXPECT_THAT(map, HasSubstr("<tr data-n=\"9\"><th scope=\"row\">sky<small>9</small></th><td class=\"self\"></td>"
                             "<td data-n=\"4\" style=\"--v:0.44\">44</td><td data-n=\"0\"></td></tr>"));
  EXPECT_THAT(map, HasSubstr("<td data-n=\"3\" style=\"--v:0.50\">50</td><td class=\"self\"></td>"
                             "<td data-n=\"5\" class=\"deep\" style=\"--v:0.83\">83</td></tr>"));
  EXPECT_THAT(map, HasSubstr("<th scope=\"col\"><span>&lt;sea&gt;</span></th>"));
  EXPECT_THAT(map, HasSubstr("data-sentence=\"{row} &amp; {column}\""));
  EXPECT_EQ(html_heat_map({}), "");
}

TEST(PictureCards, MarkTheChosenTag) {
  ReportPath path{.picture = {.name = "<a>.jpg", .jpeg = {}, .true_tags = {"sky", "sea"}, .predicted = {{"sky", 0.6, true}}},
                  .steps = {}};
  path.steps = {{{.tag = "sky", .probability = 0.6, .chosen = true, .correct = true}, {.tag = "<cat>", .probability = 0.25}},
                {{.tag = "sky", .probability = 0.5, .correct = true, .taken_before = true},
                 {.tag = "end", .probability = 0.4, .chosen = true, .is_end = true}}};
  const std::string card = html_path(path);
  EXPECT_EQ(first_unbalanced(card), "");
  EXPECT_THAT(
      card,
      HasSubstr("<small>step 1</small><ol><li class=\"right chosen\" style=\"--part:60.0%\"><span>✓ sky</span><em>0.60</em></li>"
                "<li class=\"wrong\" style=\"--part:25.0%\"><span>✗ &lt;cat&gt;</span><em>0.25</em></li></ol>"));
  EXPECT_THAT(card, HasSubstr("<li class=\"right taken\" style=\"--part:50.0%\" title=\"chosen at an earlier step\">"));
  EXPECT_THAT(card, HasSubstr("<li class=\"end chosen\" style=\"--part:40.0%\"><span>end</span>"));
  EXPECT_THAT(card, HasSubstr("<span>sky</span>, <span class=\"missed\">sea</span>"));
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
