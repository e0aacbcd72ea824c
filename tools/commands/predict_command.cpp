// tagpredict: tags pictures and folders of pictures.
#include <iostream>

#include "engine/core/interrupt.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/commands.h"
#include "tools/predict/picture_tagger.h"
#include "tools/predict/run_rules.h"
#include "tools/predict/tag_writer.h"
#include "tools/setup/find_pictures.h"
#include "tools/setup/open_run.h"

namespace tagloom {

int predict_command(const std::vector<std::string>& arguments) {
  PredictOptions options;
  if (!options.parse(arguments)) return kExitDone;

  Interrupt interrupt;
  TrainedRun run = open_run(options.run, options.checkpoint, options.changes);
  TagRules rules = rules_for(run, options);
  const FoundPictures found = find_pictures(options.inputs);
  const auto pictures = static_cast<int64_t>(found.paths.size());
  Progress progress(stderr_progress(options.quiet));
  for (const std::string& sentence : found.unreadable) progress.warn("skipped " + sentence);
  if (found.paths.empty()) return kExitData;

  const std::unique_ptr<TagWriter> writer = make_tag_writer(options);
  PictureTagger tagger(run, std::move(rules), options.tags.explain);
  int64_t unreadable = 0, unwritten = 0;
  tagger.on_failure = [&](const ReadFailure& failure) {
    ++unreadable;
    progress.warn("skipped " + failure.reason);
  };
  tagger.on_picture = [&](const TaggedPicture& picture) {
    progress.hide();
    const std::string problem = writer->write(picture);
    if (problem.empty()) return;
    ++unwritten;
    progress.warn(problem);
  };
  tagger.after_batch = [&](int64_t tagged) {
    std::cout.flush();
    progress.advance(tagged);
    return Interrupt::signal() == 0;
  };
  progress.start({.name = "predict", .pictures = pictures});
  if (!tagger.tag(found.paths)) return exit_code_of_signal(Interrupt::signal());
  progress.stop();
  if (unreadable > 0) progress.warn(format("{} of {} pictures could not be read", unreadable, pictures));
  if (unwritten > 0) progress.warn(format("the tags of {} of {} pictures could not be written", unwritten, pictures));
  return unreadable + unwritten == 0 && found.unreadable.empty() ? kExitDone : kExitData;
}

}  // namespace tagloom
