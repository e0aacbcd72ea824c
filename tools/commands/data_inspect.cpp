// tagdata inspect: counts the pictures and tags of manifests, tries to read every picture, and finds copies and similar tags.
#include <iostream>
#include <optional>

#include "engine/core/interrupt.h"
#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"
#include "kernels/base/warning.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/data_commands.h"
#include "tools/inspect/inspection_page.h"
#include "tools/inspect/inspection_text.h"
#include "tools/inspect/sample_sheet.h"
#include "tools/output/target_file.h"

namespace tagloom {
namespace {

struct InspectFlags {
  std::vector<std::string> manifests;
  std::string words, sheet, html, rules;
  int64_t top = 8, threads = 0;
  bool skip_pictures = false, json = false, quiet = false, strict = false;
};

void declare_inspect(Options& command, InspectFlags& flags) {
  command
      .arguments("MANIFEST", flags.manifests,
                 "A .tsv, .csv or .jsonl of pictures and their tags, or a pack. Several, such as the parts of a split, "
                 "are also searched for copies across them.")
      .value("--words", flags.words, "FILE",
             "A vocabulary, one tag per line: list the tags that only the manifest or only FILE has.")
      .value("--html", flags.html, "FILE", "Write a page with the copies, similar tags, problems and sample pictures.")
      .value("--sheet", flags.sheet, "FILE", "Write a contact sheet of 24 pictures with their tags, as .jpg or .png.")
      .value("--rules", flags.rules, "FILE", "Write rules that merge similar tags, for tagpredict --rename.")
      .value("--top", flags.top, "N", format("Number of tags, sizes and groups to list. Default {}.", flags.top))
      .value("--threads", flags.threads, "N", "Threads that decode pictures. Default 0: one per core.")
      .flag("--no-pictures", flags.skip_pictures, "Check only the manifest, not the pictures.")
      .flag("--strict", flags.strict,
            "Also exit with 3 for untagged rows, repeated tags and pictures, tags not in --words, and copies across manifests.")
      .flag("--json", flags.json, "Print one JSON object.")
      .flag("-q,--quiet", flags.quiet, "Print nothing; the exit code gives the result.")
      .note(
          "Copies are the same file, the same pixels, or near copies: saved again, resized, cropped a little or mirrored. "
          "Similar tags differ only in Unicode form, case, spaces, hyphens or underscores, or an English plural (s, es, ies, "
          "ves, men).\n\n"
          "Exit codes: 0 all pictures can be read, 3 a picture cannot be read or the manifest is invalid.");
}

void check_strictly(const Inspection& inspection) {
  const auto check = [](int64_t count, const std::string& manifest, const char* what) {
    TL_CHECK_AS(ErrorKind::kData, count == 0, "{}: {}: {}", manifest, what, count);
  };
  for (size_t i = 0; i < inspection.facts.size(); ++i) {
    const ManifestFacts& facts = inspection.facts[i];
    const std::string manifest = inspection.manifests[i].file.string();
    check(facts.untagged, manifest, "untagged rows");
    check(facts.repeated_tags, manifest, "tags that repeat another of their row");
    check(facts.repeated_pictures, manifest, "rows that repeat the picture of another");
    check(static_cast<int64_t>(facts.unknown.size()), manifest, "tags that are not in --words");
  }
  check(inspection.copies_across(), inspection.manifests[0].file.string(), "groups of copies across this and other manifests");
}

void write_files(const InspectFlags& flags, Inspection& inspection) {
  if (!flags.sheet.empty()) {
    for (const std::string& reason : write_sample_sheet(inspection, flags.sheet)) {
      if (!flags.quiet) kernels::warn(format("left out of {}: {}", flags.sheet, reason));
    }
  }
  if (!flags.html.empty()) write_file_atomically(flags.html, inspection_page(inspection));
  if (!flags.rules.empty()) write_file_atomically(flags.rules, rules_of(inspection.similar));
}

int run_inspect(const InspectFlags& flags) {
  TL_CHECK(flags.top >= 1, "[inspect] --top must be at least 1, got {}", flags.top);
  TL_CHECK(flags.threads >= 0 && flags.threads <= 1024, "[inspect] --threads must be 0 to 1024, got {}", flags.threads);
  std::vector<std::filesystem::path> inputs(flags.manifests.begin(), flags.manifests.end());
  inputs.emplace_back(flags.words);
  for (const std::string& file : {flags.html, flags.sheet, flags.rules}) require_target(file, inputs);
  Inspection inspection;
  for (const std::string& file : flags.manifests) {
    inspection.manifests.push_back(read_manifest(file));
    TL_CHECK_AS(ErrorKind::kData, !inspection.manifests.back().rows.empty(), "{}: the manifest has no rows", file);
  }
  std::optional<Vocabulary> words;
  if (!flags.words.empty()) words = Vocabulary::load(flags.words);
  const Interrupt interrupt;
  Progress progress(stderr_progress(flags.quiet));
  try {
    inspect_manifests(inspection,
                      {.pictures = !flags.skip_pictures, .threads = flags.threads, .words = words ? &*words : nullptr}, progress);
  } catch (const Interrupted& interrupted) {
    return exit_code_of_signal(interrupted.signal);
  }
  progress.stop();
  write_files(flags, inspection);
  if (!flags.quiet) std::cout << (flags.json ? inspection_json(inspection) + '\n' : inspection_text(inspection, flags.top));
  if (inspection.failed()) return kExitData;
  if (flags.strict) check_strictly(inspection);
  return kExitDone;
}

}  // namespace

RunCommand inspect_command(Options& command) { return command_with_flags(command, declare_inspect, run_inspect); }

}  // namespace tagloom
