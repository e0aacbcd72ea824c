#include "tools/review/apply_decisions.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <ranges>

#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/library/keyword_fields.h"
#include "tools/predict/writers/tag_writer.h"
#include "tools/review/review_decisions.h"

namespace tagloom {
namespace {

// Splits "Animals|Dog" into levels, but not a name such as ":|", one of whose levels would be empty. The score is 1, because the reviewer
// confirmed the tag.
ScoredTag tag_of_full_name(const std::string& name) {
  ScoredTag tag{.name = name, .score = 1};
  std::vector<std::string> levels;
  for (const auto level : std::views::split(name, '|')) levels.emplace_back(level.begin(), level.end());
  if (std::ranges::any_of(levels, [](const std::string& level) { return trimmed(level).empty(); })) return tag;
  tag.name = levels.back();
  levels.pop_back();
  tag.parents = levels;
  return tag;
}

}  // namespace

int apply_decisions(const PredictOptions& options) {
  const std::vector<ReviewDecision> decisions = read_review_decisions(options.apply);
  Progress progress(stderr_progress(options.quiet));
  const std::unique_ptr<TagWriter> writer = make_tag_writer(options, "");
  int64_t unwritten = 0;
  for (const ReviewDecision& decision : decisions) {
    TaggedPicture picture{.path = decision.path};
    for (const std::string& tag : decision.tags) picture.tags.push_back(tag_of_full_name(tag));
    for (const auto* tags : {&decision.rejected, &decision.removed})
      for (const std::string& tag : *tags) picture.unwanted.push_back(tag_of_full_name(tag));
    std::error_code error;
    std::string problem;
    if (std::filesystem::exists(decision.path, error))
      problem = writer->write(picture);
    else
      problem = format("{}:{}: {}: there is no such picture", options.apply, decision.line, decision.path);
    if (problem.empty()) continue;
    ++unwritten;
    progress.warn(problem);
  }
  for (const std::string& note : writer->finish()) progress.warn(note);
  std::cout.flush();
  if (unwritten > 0) progress.warn(format("{} of {} decisions could not be written completely", unwritten, decisions.size()));
  return unwritten == 0 ? kExitDone : kExitData;
}

}  // namespace tagloom
