// tagpredict: tags pictures and folders of pictures.
#include <filesystem>
#include <iostream>

#include "engine/core/interrupt.h"
#include "engine/io/hash.h"
#include "engine/io/tensor_file.h"
#include "kernels/text/shell_quoted.h"
#include "kernels/text/utf8.h"
#include "models/settings/setting_origins.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/commands.h"
#include "tools/library/keywords_of.h"
#include "tools/output/output_file.h"
#include "tools/predict/found_pictures.h"
#include "tools/predict/picture_tagger.h"
#include "tools/predict/run_rules.h"
#include "tools/predict/writers/keyword_writer.h"
#include "tools/predict/writers/tag_writer.h"
#include "tools/review/apply_decisions.h"
#include "tools/review/review_writer.h"
#include "tools/setup/open_run.h"
#include "tools/setup/pretrained_run.h"

namespace tagloom {
namespace {

// Whether the picture already has a caption or, for xmp, keywords that Tagloom wrote; with --embed, in the picture itself.
bool has_tags(const std::string& picture, const PredictOptions& options) {
  if (options.format == "xmp") {
    const PictureKeywords found = keywords_of(picture);
    return !(options.keywords.embed ? found.embedded_model : found.model).empty();
  }
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::path(picture).replace_extension(".txt"), ignored);
}

// Prints how many pictures were tagged, and the command that continues the run.
void report_interruption(const PredictOptions& options, const std::vector<std::string>& arguments, int64_t pictures) {
  std::cerr << "tagpredict: interrupted after " << pictures << (pictures == 1 ? " picture" : " pictures");
  const bool continues = !options.output.empty() || options.writes_beside();
  if (!continues) {
    std::cerr << (options.one_stream() ? "; a run with --output FILE can be continued\n" : "\n");
    return;
  }
  if (!options.output.empty()) std::cerr << ", whose tags are in " << options.output;
  std::cerr << "; continue with: tagpredict";
  for (const std::string& argument : arguments) std::cerr << ' ' << shell_quoted(argument);
  std::cerr << (options.skip_existing ? "" : " --skip-existing") << '\n';
}

// A file that does not exist here may be in the folder of TAGLOOM_DATA.
bool is_weights_file(const PredictOptions& options) {
  const std::filesystem::path path = options.run;
  const std::string ending = path.extension();
  const bool is_named_so =
      ending == ".safetensors" || ending == ".pth" || ending == ".pt" || ending == ".bin" || ending == ".json";
  return std::filesystem::is_regular_file(path) || (is_named_so && !std::filesystem::exists(path));
}

PretrainedTagger pretrained(const PredictOptions& options) {
  return pretrained_tagger({options.run, options.classes, options.changes});
}

int show_config(const PredictOptions& options) {
  if (!is_weights_file(options)) return show_config(options.run, options.changes);
  const PretrainedTagger tagger = pretrained(options);
  std::cout << settings_with_origins(tagger.settings, tagger.assignments);
  return kExitDone;
}

TrainedRun open_tagger(const PredictOptions& options) {
  if (!is_weights_file(options)) {
    TL_CHECK(options.classes.empty(), "--classes is for weights files, but {} is a run with its own tags: leave out --classes",
             options.run);
    return open_run(options.run, options.checkpoint, options.changes);
  }
  TL_CHECK(options.checkpoint.empty(), "--checkpoint is for runs, but {} is a weights file: leave out --checkpoint", options.run);
  return open_pretrained(pretrained(options));
}

// "corel5k, jvsp, weights 0123456789abcdef"
std::string model_name(const TrainedRun& run, const PredictOptions& options) {
  const std::string& checkpoint = options.checkpoint;
  const std::string best = run.folder + "/best.safetensors", last = run.folder + "/last.safetensors";
  const std::string weights = !checkpoint.empty() ? checkpoint : std::filesystem::exists(best) ? best : last;
  const std::string name = std::filesystem::weakly_canonical(run.folder).filename().string();
  const std::string hash = is_weights_file(options) ? hash_text(hash_tensor_file(run.folder)) : weights_hash(weights);
  return with_replacements(format("{}, {}, weights {}", name, run.settings.model.kind, hash));
}

}  // namespace

int predict_command(const std::vector<std::string>& arguments) {
  PredictOptions options;
  if (!options.parse(arguments)) return kExitDone;
  if (options.changes.show) return show_config(options);
  if (options.keywords.undo) return undo_keywords(options);

  if (!options.apply.empty()) return apply_decisions(options);
  Interrupt interrupt;
  require_run_thresholds(options);
  TrainedRun run = open_tagger(options);
  TagRules rules = rules_for(run, options);
  Progress progress(stderr_progress(options.quiet));
  int64_t unlisted = 0, unreadable = 0, unwritten = 0;
  std::optional<OutputFile> output;
  FoundPictures pictures(
      options,
      [&](const std::string& problem) {
        ++unlisted;
        progress.warn(problem);
      },
      [&](const std::string& picture) {
        return options.skip_existing && (output ? output->known().contains(picture) : has_tags(picture, options));
      });
  if (!options.output.empty()) output.emplace(options.output, options.skip_existing);
  std::vector<std::unique_ptr<TagWriter>> writers;
  if (!options.format.empty()) writers.push_back(make_tag_writer(options, model_name(run, options)));
  if (!options.review.empty()) writers.push_back(make_review_writer(options, run, rules));
  if (output) output->begin(options.format);

  PictureTagger tagger(run, std::move(rules), options.tags.explain);
  if (!options.review.empty()) request_review_data(tagger);
  tagger.on_failure = [&](const ReadFailure& failure) {
    if (options.watch && !changed_at(failure.path)) return;  // moved or deleted in the meantime
    ++unreadable;
    progress.warn("skipped " + failure.reason);
  };
  tagger.on_picture = [&](const TaggedPicture& picture) {
    progress.hide();
    std::string problem;
    const bool unchanged = options.keywords.embed && pictures.returned(picture.path);
    for (const auto& writer : writers) problem += writer->write(picture);
    if (unchanged) pictures.mark_seen(picture.path);
    if (problem.empty()) return;
    ++unwritten;
    progress.warn(problem);
  };
  tagger.after_batch = [&](int64_t count) {
    std::cout.flush();
    progress.advance(count);
    return true;
  };
  progress.start({.name = "predict", .pictures = pictures.expected()});
  const bool ended = tagger.tag(pictures);
  for (const auto& writer : writers)
    for (const std::string& note : writer->finish()) progress.warn(note);
  const int64_t tried = progress.stop().pictures;
  if (!ended && !options.watch) {
    report_interruption(options, arguments, tried);
    return exit_code_of_signal(Interrupt::signal());
  }
  std::cout.flush();  // the heading, if there were no pictures
  if (!pictures.found_any() && unlisted == 0 && !options.watch) {
    ++unlisted;
    progress.warn("the list has no pictures");
  }
  if (pictures.skipped() > 0) progress.say(format("skipped {} pictures", pictures.skipped()));
  if (unreadable > 0) progress.warn(format("{} of {} pictures could not be read", unreadable, tried));
  if (unwritten > 0) progress.warn(format("the tags of {} of {} pictures could not be written", unwritten, tried));
  for (const std::string& sentence : pictures.left_out()) progress.warn(sentence);
  return unreadable + unwritten + unlisted == 0 ? kExitDone : kExitData;
}

}  // namespace tagloom
