// Compares the contents of report.html with values computed from the scores.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "engine/train/evaluation.h"
#include "models/trained_run.h"
#include "tests/cli/train_tools.h"
#include "tools/setup/data_sources.h"

namespace tagloom::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Report : public TrainTools {
 protected:
  static void SetUpTestSuite() {
    TrainTools::SetUpTestSuite();
    const ProgramResult result =
        run_program({"tageval", finished(), "--data", path("scenes/train.tsv"), "--report", path("page.html"), "--json"});
    ASSERT_EQ(result.code, 0) << result.err;
    metrics_ = nlohmann::json::parse(result.out)["metrics"];
    page_ = read_whole_file(path("page.html"));
    const TrainedRun run = open_run(finished());
    const Dataset pictures = Dataset::open(path("scenes/train.tsv"), run.vocabulary, evaluation_options(run.settings));
    const auto source = make_source(run.settings, pictures, nullptr, false, 16, run.device, {});
    output_ = evaluate(*run.model, *source, false);
    tags_ = run.vocabulary.size();
    rule_ = selection_rule(run);
  }
  static std::string section(const std::string& id) {
    const size_t begin = page_.find("<section id=\"" + id + "\">");
    return begin == std::string::npos ? "" : page_.substr(begin, page_.find("</section>", begin) - begin);
  }
  static bool is_true(size_t picture, int64_t tag) { return std::ranges::count(output_.truth[picture], tag) > 0; }

  static inline std::string page_;
  static inline nlohmann::json metrics_;
  static inline EvaluationOutput output_;
  static inline int64_t tags_ = 0;
  static inline SelectionRule rule_;
};

struct Rates {
  double recall, precision;
};

TEST_F(Report, CurveOfAllTagsFollowsFromTheScores) {
  const auto& scores = output_.predictions.scores;
  std::vector<Rates> all;  // with every score as the threshold
  for (const float threshold : scores) {
    int64_t found = 0, given = 0, positives = 0;
    for (size_t cell = 0; cell < scores.size(); ++cell) {
      const bool right = is_true(cell / tags_, static_cast<int64_t>(cell) % tags_);
      positives += right;
      given += scores[cell] >= threshold;
      found += right && scores[cell] >= threshold;
    }
    all.push_back({static_cast<double>(found) / positives, static_cast<double>(found) / given});
  }
  const std::string text = section("precision-recall");
  const size_t begin = text.find("data-curves=\"") + 13;
  const std::string data = std::regex_replace(text.substr(begin, text.find('"', begin) - begin), std::regex("&quot;"), "\"");
  const nlohmann::json points = nlohmann::json::parse(data)[0][1];
  ASSERT_GT(points.size(), 10u);
  for (const auto& point : points) {
    EXPECT_TRUE(std::ranges::any_of(all, [&](const Rates& r) {
      return std::abs(r.recall - point[0].get<double>()) < 1e-4 && std::abs(r.precision - point[1].get<double>()) < 1e-4;
    })) << point;
  }
  for (const Rates& rates : all) {  // near a segment of the line
    double nearest = 1;
    for (size_t i = 1; i < points.size(); ++i) {
      for (int k = 0; k <= 50; ++k) {
        const auto between = [&](int axis) {
          const double a = points[i - 1][axis], b = points[i][axis];
          return a + (b - a) * k / 50;
        };
        nearest = std::min(nearest, std::hypot(rates.recall - between(0), rates.precision - between(1)));
      }
    }
    EXPECT_LT(nearest, 0.004) << rates.recall << " " << rates.precision;
  }
  EXPECT_THAT(text, HasSubstr(format("precision {:.3f}, recall {:.3f}", metrics_["p_micro"].get<double>(),
                                     metrics_["r_micro"].get<double>())));
}

TEST_F(Report, ShowsTheWorstAndTheBestPictures) {
  std::vector<std::string> expected;
  for (size_t i = 0; i < output_.truth.size(); ++i) {
    const TagList given = given_tags(output_.predictions, static_cast<int64_t>(i), rule_);
    double found = 0;
    for (const int32_t tag : given) found += is_true(i, tag);
    expected.push_back(format("F1 {:.2f}", 2 * found / static_cast<double>(given.size() + output_.truth[i].size())));
  }
  std::ranges::sort(expected);
  std::vector<std::string> badges;
  const std::string text = section("extremes");
  const std::regex badge("<b class=\"badge\">([^<]*)</b>");
  for (std::sregex_iterator at(text.begin(), text.end(), badge), end; at != end; ++at) badges.push_back((*at)[1]);
  ASSERT_EQ(badges.size(), 16u);
  EXPECT_TRUE(std::equal(badges.begin(), badges.begin() + 8, expected.begin()));
  EXPECT_TRUE(std::equal(badges.begin() + 8, badges.end(), expected.rbegin()));
  EXPECT_NE(badges.front(), badges.back());
}

TEST_F(Report, ShowsTheStepsOfSixPictures) {
  const std::string text = section("steps");
  const auto count = [&](const std::string& part) {
    int found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("class=\"card path\""), 6);
  EXPECT_EQ(count("<div class=\"step\">"), 6 * 3);
  const std::regex chosen("<li class=\"[a-z ]* chosen[ \"]");
  EXPECT_EQ(std::distance(std::sregex_iterator(text.begin(), text.end(), chosen), std::sregex_iterator()), 6 * 3);
  EXPECT_THAT(text, HasSubstr("they do not sum to 1"));
  EXPECT_THAT(section("pairs"), HasSubstr("Heydarian, Doyle and Samavi"));
}

TEST_F(Report, OmitsStepsForAModelWithoutThem) {
  const ProgramResult result = train("classifier", {"--set", "model.kind=classifier", "--set", "train.epochs=1"});
  ASSERT_EQ(result.code, 0) << result.err;
  const std::string page = read_whole_file(path("classifier/report.html"));
  EXPECT_THAT(page, Not(HasSubstr("id=\"steps\"")));
  EXPECT_THAT(page, HasSubstr("id=\"precision-recall\""));
}

}  // namespace
}  // namespace tagloom::test
