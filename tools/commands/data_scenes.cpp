// tagdata scenes: draws the built-in dataset.
#include <iostream>
#include <numeric>

#include "engine/core/interrupt.h"
#include "engine/run/progress.h"
#include "kernels/base/error.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/data_commands.h"
#include "tools/scenes/scene.h"
#include "tools/scenes/write.h"

namespace tagloom {
namespace {

struct ScenesFlags {
  std::string out;
  int64_t images = 3000, size = 64, seed = 1, quality = 92, threads = 0;
  std::string format = "jpg";
  bool force = false, quiet = false;
};

constexpr char kNote[] =
    R"(Writes to OUT: images/; train.tsv, val.tsv and test.tsv with 80 %, 10 % and 10 % of the pictures; words.txt; dataset.json.
Picture number i of a seed is the same for any N and any number of threads.

The tags of a row are in order of importance, the most important first:
  importance = w * sqrt(A) * (1 + C) / 2 * (1 + O) / 2
  A  fraction of the picture that shows the thing       C  1 in the middle of the picture, 0 in a corner
  O  fraction of the thing that is not hidden           w  1 for objects, 0.35 for grounds (sky, sea, road ...)
An object is tagged if A >= 0.005 and O >= 0.3, a ground if A >= 0.04; a picture has 2 to 5 tags.
)";

std::string tag_list() {
  std::string text = "\nTags:";
  size_t column = text.size();
  for (const char* name : kSceneTagNames) {
    const std::string word = name;
    if (column + word.size() > 100) {
      text += "\n     ";
      column = 6;
    }
    text += " " + word;
    column += word.size() + 1;
  }
  return text;
}

void declare_scenes(Options& command, ScenesFlags& flags) {
  command.argument("OUT", flags.out, "The folder to write: new, empty, or with --force one that tagdata scenes wrote.")
      .value("-n,--images", flags.images, "N", format("Number of pictures. Default {}.", flags.images))
      .value("--size", flags.size, "S", format("Width and height in pixels, 16 to 1024. Default {}.", flags.size))
      .value("--seed", flags.seed, "K", format("Seed of the pictures. Default {}.", flags.seed))
      .choice("--format", flags.format, {"jpg", "png"}, "File format of the pictures. Default jpg.")
      .value("--quality", flags.quality, "Q", format("JPEG quality, 1 to 100. Default {}.", flags.quality))
      .value("--threads", flags.threads, "N", "Number of threads. Default 0: one per core.")
      .flag("--force", flags.force,
            "Replace the pictures and lists that an earlier tagdata scenes wrote to OUT. Other files stay; a list that was "
            "edited since, or another picture in the way, is an error.")
      .flag("-q,--quiet", flags.quiet, "Print only errors.")
      .note(kNote + tag_list());
}

int run_scenes(const ScenesFlags& flags) {
  TL_CHECK(flags.seed >= 0, "[scenes] --seed cannot be negative, got {}", flags.seed);
  TL_CHECK(flags.size >= 16 && flags.size <= 1024, "[scenes] --size must be 16 to 1024 pixels, got {}", flags.size);
  TL_CHECK(flags.quality >= 1 && flags.quality <= 100, "[scenes] --quality must be 1 to 100, got {}", flags.quality);
  TL_CHECK(flags.threads >= 0 && flags.threads <= 1024, "[scenes] --threads must be 0 to 1024, got {}", flags.threads);
  ScenesOptions options;
  options.out = flags.out;
  options.images = flags.images;
  options.side = static_cast<int>(flags.size);
  options.seed = static_cast<uint64_t>(flags.seed);
  options.png = flags.format == "png";
  options.quality = static_cast<int>(flags.quality);
  options.threads = static_cast<int>(flags.threads);
  options.force = flags.force;

  const Interrupt interrupt;
  Progress progress(stderr_progress(flags.quiet));
  ProgressTask task;
  task.name = "paint";
  task.pictures = flags.images;
  options.progress = [&](int64_t more) { progress.advance(more); };
  options.stop = [] { return Interrupt::signal() != 0; };
  progress.start(task);
  const ScenesSummary summary = write_scenes(options);
  const ProgressTotals totals = progress.stop();
  if (!summary.complete) {
    std::cerr << "tagdata: interrupted: nothing was written to " << flags.out << '\n';
    return exit_code_of_signal(Interrupt::signal());
  }
  const int64_t tags = std::accumulate(summary.counts.begin(), summary.counts.end(), int64_t{0});
  progress.say(format("{}: {} pictures of {}x{} ({} train, {} val, {} test), {} tags, {} per picture, {} pictures per second",
                      flags.out, flags.images, flags.size, flags.size, summary.train, summary.val, summary.test, kSceneTags,
                      static_cast<double>((100 * tags + flags.images / 2) / flags.images) / 100,
                      static_cast<int64_t>(totals.images_per_second())));
  return kExitDone;
}

}  // namespace

RunCommand scenes_command(Options& command) { return command_with_flags(command, declare_scenes, run_scenes); }

}  // namespace tagloom
