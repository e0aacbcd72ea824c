// tagdata export: writes a manifest's pictures and tags in the format of another program.
#include <iostream>

#include "engine/core/counted.h"
#include "engine/core/interrupt.h"
#include "engine/data/packs/pack.h"
#include "engine/data/vocabulary.h"
#include "kernels/base/error.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/data_commands.h"
#include "tools/export/exporter.h"

namespace tagloom {

namespace {

struct ExportFlags {
  std::string manifest, format, output, words;
  int64_t threads = 0;
  bool force = false, quiet = false;
};

constexpr char kExportNote[] =
    "Formats:\n"
    "  coco         FILE is a .json with images (and their sizes), annotations and categories, in the form of COCO's "
    "instances. A manifest has no boxes, so each annotation's box is the whole picture.\n"
    "  huggingface  FILE is metadata.jsonl, metadata.csv or their folder, which must contain the pictures. Columns "
    "file_name and tags.\n"
    "  txt          FILE is a folder; each picture gets a text file, IMG.txt, with commas between the tags.\n\n"
    "All keep the order of the tags, and pictures without tags. tagdata import reads them back (txt: with --txt-style comma "
    "--keep-underscores --keep-meta).\n\n"
    "Examples:\n"
    "  tagdata export photos/train.tsv --format coco -o photos/instances_train.json\n"
    "  tagdata export photos/train.tsv --format huggingface -o photos";

void declare_export(Options& command, ExportFlags& flags) {
  command.argument("MANIFEST", flags.manifest, "A .tsv, .csv or .jsonl of pictures and their tags.")
      .choice("--format", flags.format, {"coco", "huggingface", "txt"}, "The format to write. Required.")
      .value("-o,--output", flags.output, "FILE", "The file or folder to write (formats below). Required.")
      .value("--words", flags.words, "FILE", "A vocabulary, one tag per line, which gives the categories and their order (coco).")
      .value("--threads", flags.threads, "N", "Threads that read pictures (coco). Default 0: one per core.")
      .flag("--force", flags.force, "Replace files that exist.")
      .flag("-q,--quiet", flags.quiet, "Print only errors.")
      .note(kExportNote);
}

int run_export(const ExportFlags& flags) {
  TL_CHECK(!flags.format.empty(), "[export] choose a format with --format: coco, huggingface or txt");
  TL_CHECK(!flags.output.empty(), "[export] name the file or folder to write with -o");
  TL_CHECK(flags.words.empty() || flags.format == "coco", "[export] --words does not apply to the format {}: leave it out",
           flags.format);
  TL_CHECK(flags.threads >= 0 && flags.threads <= 1024, "[export] --threads must be 0 to 1024, got {}", flags.threads);
  const Manifest manifest = read_manifest(flags.manifest);
  require_files(manifest.file, manifest.pack.get());
  TL_CHECK_AS(ErrorKind::kData, !manifest.rows.empty(), "{}: the manifest has no rows", flags.manifest);
  ExportRequest request{manifest, flags.output};
  if (!flags.words.empty()) request.words = Vocabulary::load(flags.words).names();
  request.replace = flags.force;
  request.threads = flags.threads;
  const Interrupt interrupt;
  Progress progress(stderr_progress(flags.quiet));
  const auto write = flags.format == "coco" ? export_coco : flags.format == "txt" ? export_txt : export_huggingface;
  const ExportSummary summary = write(request, progress);
  if (!flags.quiet) {
    std::cerr << format("{}: {}, {}{}\n", summary.written, counted(static_cast<int64_t>(manifest.rows.size()), "picture"),
                        counted(static_cast<int64_t>(manifest.tag_names.size()), "different tag"),
                        summary.files > 1 ? format(", {} files", summary.files) : "");
  }
  return kExitDone;
}

}  // namespace

RunCommand export_command(Options& command) { return command_with_flags(command, declare_export, run_export); }

}  // namespace tagloom
