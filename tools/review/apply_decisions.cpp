#include "tools/review/apply_decisions.h"

#include <filesystem>
#include <iostream>

#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/predict/writers/tag_writer.h"
#include "tools/review/review_decisions.h"

namespace tagloom {
namespace {

// Splits "Animals|Dog" into levels. The score is 1, because the reviewer confirmed the tag.
ScoredTag tag_of_full_name(const std::string& name) {
  ScoredTag tag{.score = 1};
  std::string_view rest = name;
  for (size_t end; (end = rest.find('|')) != rest.npos; rest.remove_prefix(end + 1))
    tag.parents.emplace_back(rest.substr(0, end));
  tag.name = rest;
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
  if (unwritten > 0) progress.warn(format("{} of {} decisions could not be written", unwritten, decisions.size()));
  return unwritten == 0 ? kExitDone : kExitData;
}

}  // namespace tagloom
