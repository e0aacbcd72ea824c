// report.html with any texts in every place: well-formed, with the titles as they were given.
#include "engine/report/html_report.h"

#include <algorithm>
#include <sstream>

#include "kernels/text/utf8.h"
#include "tests/fuzz/markup_check.h"
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {

void report(Input input) {
  const std::string all(text_of(input));
  const bool control = std::ranges::any_of(all, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
  if (control || find_invalid_utf8(all) != std::string::npos) return;  // tags and settings have neither
  std::istringstream lines{all};
  const auto line = [&lines] {
    std::string text;
    std::getline(lines, text);
    return text;
  };
  ReportData data{.title = line(), .subtitle = line(), .made = line()};
  data.metrics = {{.key = line(), .name = line(), .value = 0.5, .definition = line(), .headline = true}};
  data.notes = {line()};
  data.charts = {{.title = line(), .x_name = line(), .curves = {{line(), {{1, 0.5}, {2, 0.25}}}}, .best_x = 2}};
  data.tags = {{.name = line(), .pictures = 3, .predicted = 2, .correct = 1, .precision = 0.5, .recall = 0.3, .f1 = 0.4}};
  data.samples = {{.name = line(), .jpeg = {1, 2, 3}, .true_tags = {line()}, .predicted = {{line(), 0.5, true}}}};
  data.facts = {{.title = line(), .facts = {{line(), line()}}}};
  data.settings = line();
  const std::vector<std::string> titles = check_markup(html_report(data), true, "title");
  require(!titles.empty() && titles.front() == data.title, "the page has another title", titles.empty() ? "" : titles.front());
}

}  // namespace tagloom::fuzz
