// tagdata split: divides a manifest into parts for training, validation and test.
#include <iostream>
#include <nlohmann/json.hpp>

#include "engine/core/counted.h"
#include "engine/core/interrupt.h"
#include "engine/data/packs/pack.h"
#include "engine/run/progress.h"
#include "kernels/base/error.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/data_commands.h"
#include "tools/inspect/scan_pictures.h"
#include "tools/split/picture_hashes.h"
#include "tools/split/split_folder.h"
#include "tools/split/split_report.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

struct SplitFlags {
  std::string manifest, output, parts = "train=0.8,val=0.1,test=0.1", keep;
  int64_t seed = 1, threads = 0, top = 8;
  bool stratify = false, near = false, force = false, json = false, quiet = false;
};

constexpr char kSplitNote[] =
    "Without --stratify, a picture's part depends only on its bytes and the seed: it stays the same when pictures are added, "
    "removed, renamed or reordered, and exact copies are in the same part. Rare tags may be absent from small parts.\n\n"
    "With --stratify, every part has its share of each tag's pictures, as far as whole pictures allow (iterative "
    "stratification, Sechidis et al. 2011). Adding pictures then changes the parts of others, unless --keep names the earlier "
    "split.\n\n"
    "Rows are copied unchanged; only relative paths are rewritten for the new folder. Editing the metadata of a file changes its "
    "bytes; --keep recognises it by its path, and a renamed file by its bytes. A near copy that is added later may move the "
    "pictures it resembles, unless --keep names the earlier split.\n\n"
    "Examples:\n"
    "  tagdata split photos/all.tsv -o photos/split --parts train=0.8,val=0.1,test=0.1 --seed 7\n"
    "  tagdata split photos/all.tsv -o photos/split --stratify --keep photos/split --force     (after adding pictures)";

void declare_split(Options& command, SplitFlags& flags) {
  command.argument("MANIFEST", flags.manifest, "A .tsv, .csv or .jsonl of pictures and their tags.")
      .value("-o,--output", flags.output, "FOLDER",
             "The folder to write: a manifest for each part, in the format of MANIFEST, and split.json. Required.")
      .value("--parts", flags.parts, "PARTS", format("The parts and their shares of the pictures. Default {}.", flags.parts))
      .value("--seed", flags.seed, "K", format("Seed of the split. Default {}.", flags.seed))
      .flag("--stratify", flags.stratify, "Give every part its share of each tag's pictures.")
      .flag("--near-copies", flags.near,
            "Also put near copies in the same part: saved again, resized, cropped a little or mirrored. Decodes every picture.")
      .value("--keep", flags.keep, "FOLDER",
             "Keep the parts that the split in FOLDER gave to its pictures; only divide new ones.")
      .value("--top", flags.top, "N", format("Number of absent tags to list for each part. Default {}.", flags.top))
      .value("--threads", flags.threads, "N", "Threads that read pictures. Default 0: one per core.")
      .flag("--force", flags.force, "Replace the files of an earlier split in FOLDER, unless they were edited since.")
      .flag("--json", flags.json, "Print one JSON object.")
      .flag("-q,--quiet", flags.quiet, "Print only errors.")
      .note(kSplitNote);
}

std::string summary_of(const SplitFlags& flags, const Manifest& manifest, const SplitRows& rows) {
  std::string text = format("{}: {}, {}, seed {}", flags.output, counted(static_cast<int64_t>(manifest.rows.size()), "picture"),
                            flags.stratify ? "stratified by tag" : "by the hash of each picture", flags.seed);
  if (!flags.keep.empty()) text += format(", {} in their earlier part", rows.kept);
  if (rows.copies > 0) text += ", " + counted(rows.copies, "exact copy", "exact copies") + " in the part of the original";
  if (rows.near_copies > 0) text += ", " + counted(rows.near_copies, "near copy", "near copies") + " too";
  return text;
}

// Rows that must be in one part: copies, and near copies if asked for.
std::vector<int64_t> groups_of(const SplitFlags& flags, const std::vector<Manifest>& manifests,
                               const std::vector<uint64_t>& contents, Progress& progress) {
  std::vector<int64_t> group = groups_of_copies(contents);
  if (!flags.near) return group;
  const std::vector<PictureRow> rows = rows_of(manifests);
  const std::vector<ScannedPicture> pictures = scan_pictures(rows, flags.threads, progress);
  for (const auto& copies : find_copies(rows, pictures, flags.threads, progress)) {
    for (const PictureCopy& copy : copies)
      group[static_cast<size_t>(copy.picture)] = group[static_cast<size_t>(copies[0].picture)];
  }
  return group;
}

void print_split(const SplitFlags& flags, const Manifest& manifest, const SplitRows& rows, const SplitReport& report) {
  if (!flags.json) {
    std::cout << summary_of(flags, manifest, rows) << '\n' << split_text(manifest, report, flags.top);
    return;
  }
  nlohmann::ordered_json json = {{"folder", flags.output},
                                 {"by", flags.stratify ? "stratify" : "hash"},
                                 {"seed", flags.seed},
                                 {"pictures", manifest.rows.size()},
                                 {"copies", rows.copies},
                                 {"near_copies", rows.near_copies},
                                 {"kept", rows.kept},
                                 {"moved", rows.moved},
                                 {"parts", split_json(manifest, report)}};
  std::cout << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

int run_split(const SplitFlags& flags) {
  TL_CHECK(!flags.output.empty(), "[split] name the folder to write with -o FOLDER");
  TL_CHECK(flags.seed >= 0, "[split] --seed cannot be negative, got {}", flags.seed);
  TL_CHECK(flags.top >= 0, "[split] --top cannot be negative, got {}", flags.top);
  TL_CHECK(flags.threads >= 0 && flags.threads <= 1024, "[split] --threads must be 0 to 1024, got {}", flags.threads);
  SplitRule rule{
      .parts = parse_parts(flags.parts), .seed = static_cast<uint64_t>(flags.seed), .stratify = flags.stratify, .kept = {}};
  const std::vector<Manifest> manifests = {read_manifest(flags.manifest)};
  const Manifest& manifest = manifests[0];
  require_files(manifest.file, manifest.pack.get());
  TL_CHECK_AS(ErrorKind::kData, !manifest.rows.empty(), "{}: the manifest has no rows", flags.manifest);
  SplitRecord record{.extension = manifest.file.extension().string(), .manifest = flags.manifest};
  check_replaceable_split(flags.output, rule, record, flags.force);
  if (!flags.keep.empty()) rule.kept = read_kept_parts(flags.keep, rule.parts);

  const Interrupt interrupt;
  Progress progress(stderr_progress(flags.quiet));
  std::vector<uint64_t> contents;
  std::vector<int64_t> group;
  try {
    contents = hash_pictures(manifest, flags.threads, progress);
    group = groups_of(flags, manifests, contents, progress);
  } catch (const Interrupted& interrupted) {
    progress.stop();
    std::cerr << "tagdata: interrupted: nothing was written to " << flags.output << '\n';
    return exit_code_of_signal(interrupted.signal);
  }
  progress.stop();
  record.contents = &contents;
  const SplitRows rows = split_rows(manifest, contents, group, rule);
  write_split(flags.output, rule, rows, record, part_texts(manifest, rows, rule.parts.size(), flags.output), flags.force);
  const SplitReport report = report_split(manifest, rows, rule.parts);
  if (!flags.quiet) print_split(flags, manifest, rows, report);
  if (rows.moved > 0)
    progress.warn(counted(rows.moved, "picture has", "pictures have") + " moved to another part, where a copy was kept");
  for (const PartReport& part : report.parts) {
    if (part.pictures == 0) progress.warn(format("the part {} has no pictures: use --stratify, or other --parts", part.name));
  }
  return kExitDone;
}

}  // namespace

RunCommand split_command(Options& command) { return command_with_flags(command, declare_split, run_split); }

}  // namespace tagloom
