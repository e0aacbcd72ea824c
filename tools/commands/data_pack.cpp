// tagdata pack: packs a manifest's pictures at training size.
#include <iostream>

#include "engine/core/counted.h"
#include "engine/core/interrupt.h"
#include "engine/data/packs/pack_index.h"
#include "engine/run/progress.h"
#include "kernels/base/error.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/data_commands.h"
#include "tools/packing/pack_pictures.h"

namespace tagloom {
namespace {

struct PackFlags {
  std::string manifest, out, name, format = "jpg", resize = "short_side", interpolation = "bilinear", shard_size = "256MB";
  int64_t size = 256, quality = 95, threads = 0;
  bool index = false, strict = false, quiet = false;
};

constexpr char kPackNote[] =
    "Writes FOLDER/NAME-000000.tar, NAME-000001.tar ... in WebDataset's layout: for each picture KEY.jpg and KEY.json, "
    "{\"path\": \"photos/a.jpg\", \"tags\": [\"sky\", \"sea\"]}; FOLDER/index.safetensors, where each picture is; and "
    "FOLDER/pack.json, the options. FOLDER can be used in place of a manifest: data.train = \"FOLDER\". So can folders and "
    "files of other WebDataset shards: \"shards/train-{000000..000009}.tar\". Only tagdata split, tagdata export and tageval "
    "--review need the files of the pictures.\n\n"
    "If packing is interrupted, the same command resumes after the last whole shard.\n\n"
    "Examples:\n"
    "  tagdata pack photos/train.tsv -o packs/train --size 256\n"
    "  tagtrain -c FILE --set data.train=packs/train -o RUN";

void declare_pack(Options& command, PackFlags& flags) {
  command.argument("MANIFEST", flags.manifest, "A .tsv, .csv or .jsonl of pictures and their tags, or a pack.")
      .value("-o,--output", flags.out, "FOLDER",
             "The folder to write: new, empty, or left by an interrupted tagdata pack. Required.")
      .value("--size", flags.size, "S",
             format("Short side of larger pictures, in pixels; with --resize squash, both sides. At least data.short_side, or "
                    "data.size if pictures are squashed. Default {}.",
                    flags.size))
      .choice("--resize", flags.resize, all_names<Resize>(), "How to resize, as data.resize. Default short_side.")
      .choice("--interpolation", flags.interpolation, all_names<Interpolation>(),
              "How to interpolate, as data.interpolation. Default bilinear.")
      .choice("--format", flags.format, {"jpg", "png"}, "Format of resized pictures; smaller ones keep their bytes. Default jpg.")
      .value("--quality", flags.quality, "Q", format("JPEG quality, 1 to 100. Default {}.", flags.quality))
      .value("--name", flags.name, "NAME", "Prefix of the shards' names. Default: the name of FOLDER.")
      .value("--shard-size", flags.shard_size, "BYTES", "Largest size of a shard, such as 256MB or 1GB. Default 256MB.")
      .value("--threads", flags.threads, "N", "Number of threads. Default 0: one per core.")
      .flag("--index", flags.index, "Only write the index of MANIFEST, a folder of shards.")
      .flag("--strict", flags.strict, "Exit with 3 if a picture could not be read.")
      .flag("-q,--quiet", flags.quiet, "Print only warnings and errors.")
      .note(kPackNote);
}

template <class Enum>
Enum enum_named(const std::string& name) {
  for (const auto& [value, text] : kEnumNames<Enum>)
    if (name == text) return value;
  fail(ErrorKind::kInternal, "[pack] no value is named {}", name);
}

// "256MB": decimal units.
int64_t shard_bytes_of(const std::string& text) {
  size_t digits = 0;
  while (digits < text.size() && digits < 12 && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const std::string unit = text.substr(digits);
  const int64_t factor = unit == "KB" ? 1'000 : unit == "MB" ? 1'000'000 : unit == "GB" ? 1'000'000'000 : unit.empty() ? 1 : 0;
  TL_CHECK(digits > 0 && factor > 0, "[pack] --shard-size must be a number of bytes, or with KB, MB or GB, got \"{}\"", text);
  const int64_t number = std::stoll(text.substr(0, digits));
  TL_CHECK(number * factor >= 10'000 && number <= 1'000'000'000'000 / factor,
           "[pack] --shard-size must be 10KB to 1000GB, got {}", text);
  return number * factor;
}

int write_index(const PackFlags& flags) {
  TL_CHECK(flags.out.empty(), "[pack] --index writes into the folder of shards: leave out -o");
  TL_CHECK_AS(ErrorKind::kData, !std::filesystem::exists(std::filesystem::path(flags.manifest) / kUnfinishedPack),
              "{}: this pack is not finished: repeat the tagdata pack command that began it", flags.manifest);
  const Manifest manifest = write_pack_index(flags.manifest);
  if (!flags.quiet) {
    std::cerr << format("{}/{}: {} in {}, {}\n", flags.manifest, kPackIndex,
                        counted(static_cast<int64_t>(manifest.rows.size()), "picture"),
                        counted(static_cast<int64_t>(manifest.pack->shards().size()), "shard"),
                        counted(static_cast<int64_t>(manifest.tag_names.size()), "tag"));
  }
  return kExitDone;
}

void warn_of_unpacked(const PackSummary& summary) {
  constexpr size_t kMostNamed = 20;
  const size_t count = summary.unreadable.size(), named = std::min(count, kMostNamed);
  for (size_t i = 0; i < named; ++i) std::cerr << "tagdata: left out: " << summary.unreadable[i] << '\n';
  if (count > named) std::cerr << "tagdata: left out: " << count - named << " more\n";
}

int run_pack(const PackFlags& flags) {
  if (flags.index) return write_index(flags);
  TL_CHECK(!flags.out.empty(), "[pack] name the folder to write with -o FOLDER");
  const Manifest manifest = read_manifest(flags.manifest);
  TL_CHECK_AS(ErrorKind::kData, !manifest.rows.empty(), "{}: the manifest has no rows", flags.manifest);
  const std::filesystem::path out = std::filesystem::path(flags.out).lexically_normal();
  const std::string last = (out.has_filename() ? out : out.parent_path()).filename().string();
  PackOptions options{.out = flags.out,
                      .name = flags.name.empty() ? last : flags.name,
                      .packed = {flags.size, enum_named<Resize>(flags.resize), enum_named<Interpolation>(flags.interpolation)},
                      .png = flags.format == "png",
                      .quality = static_cast<int>(flags.quality),
                      .shard_bytes = shard_bytes_of(flags.shard_size),
                      .threads = flags.threads};
  const Interrupt interrupt;
  Progress progress(stderr_progress(flags.quiet));
  ProgressTask task;
  task.name = "pack";
  task.pictures = static_cast<int64_t>(manifest.rows.size());
  options.progress = [&](int64_t more) { progress.advance(more); };
  options.stop = [] { return Interrupt::signal() != 0; };
  progress.start(task);
  const PackSummary summary = pack_pictures(manifest, options);
  progress.stop();
  warn_of_unpacked(summary);
  if (!summary.complete) {
    std::cerr << "tagdata: interrupted: repeat the command to resume after the last whole shard\n";
    return exit_code_of_signal(Interrupt::signal());
  }
  const int64_t lost = static_cast<int64_t>(manifest.rows.size()) - summary.pictures;
  progress.say(format("{}: {} in {}, {:.1f} MB in all, {} copied unchanged{}", flags.out, counted(summary.pictures, "picture"),
                      counted(summary.shards, "shard"), static_cast<double>(summary.bytes) / 1e6, summary.copied,
                      lost > 0 ? format(", {} left out", lost) : ""));
  return flags.strict && lost > 0 ? kExitData : kExitDone;
}

}  // namespace

RunCommand pack_command(Options& command) { return command_with_flags(command, declare_pack, run_pack); }

}  // namespace tagloom
