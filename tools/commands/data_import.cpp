// tagdata import: writes a manifest from another program's dataset.
#include <iostream>

#include "engine/core/counted.h"
#include "engine/core/interrupt.h"
#include "kernels/base/error.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/commands/data_commands.h"
#include "tools/import/formats.h"
#include "tools/import/import_dataset.h"

namespace tagloom {
namespace {

struct ImportFlags {
  std::string source, format = "auto", output, words, pictures, split, column, missing = "error";
  std::string difficult = "", crowd = "", order = "";
  std::optional<double> confidence;
  std::string txt_style;
  bool keep_underscores = false, keep_meta = false, hierarchy = false;
  bool force = false, quiet = false;
};

std::string format_list() {
  std::string text = "Formats:";
  for (const DatasetFormat* one : dataset_formats())
    text += format("\n  {:<13}{}{}{}", one->name, one->about, *one->options ? " Options: --" : "", [&] {
      std::string flags;
      for (const char* c = one->options; *c; ++c) flags += *c == ' ' ? std::string(", --") : std::string(1, *c);
      return flags;
    }());
  return text + "\n\nExit codes: 0 done, 2 usage, 3 an error in the source, or missing pictures.";
}

void declare_import(Options& command, ImportFlags& flags) {
  std::vector<std::string> formats = {"auto"};
  for (const DatasetFormat* one : dataset_formats()) formats.emplace_back(one->name);
  command.argument("SOURCE", flags.source, "The dataset, a file or a folder, in one of the formats below.")
      .value("-o,--output", flags.output, "FILE", "The manifest to write: .tsv, .csv or .jsonl.")
      .choice("--format", flags.format, formats, "The format of SOURCE. Default auto: recognise it, if only one format fits.")
      .value("--pictures", flags.pictures, "FOLDER", "The folder of the pictures, if it is not where the format expects it.")
      .value("--words", flags.words, "FILE",
             "Also write the vocabulary: the dataset's own list of tags, or else the tags of its pictures, most frequent first.")
      .choice("--on-missing", flags.missing, {"error", "skip", "keep"},
              "If pictures do not exist: stop with an error (the default), skip them, or keep all pictures without looking.")
      .value("--split", flags.split, "NAME", "The part of the dataset to read, if SOURCE has several.")
      .value("--column", flags.column, "NAME", "The column or key with the tags.")
      .choice("--difficult", flags.difficult, {"keep", "drop"}, "Keep or drop objects marked as difficult. Default keep.")
      .choice("--crowd", flags.crowd, {"keep", "drop"}, "Keep or drop annotations of crowds (iscrowd). Default keep.")
      .value("--confidence", flags.confidence, "C", "Drop tags whose confidence is below this. Default 0.5.")
      .choice("--order", flags.order, {"source", "area"},
              "Order of a picture's tags: as in the source (the default), or by the area of their objects, largest first.")
      .choice(
          "--txt-style", flags.txt_style, {"auto", "comma", "booru"},
          "What separates the tags in a text file: commas (1girl, blue eyes) or spaces (1girl blue_eyes). Default auto: commas "
          "if any text file in the folder has one, otherwise spaces if any has an underscore.")
      .flag("--keep-underscores", flags.keep_underscores, "Keep blue_eyes as it is. Without it, the tag is blue eyes.")
      .flag("--keep-meta", flags.keep_meta, "Keep rating:safe, score:12 and the like as tags. Without it, they are left out.")
      .flag("--hierarchy", flags.hierarchy, "Keep all levels of a keyword: Animals|Dog. Without it, the tag is Dog.")
      .flag("--force", flags.force, "Replace files that exist.")
      .flag("-q,--quiet", flags.quiet, "Print only errors.")
      .note(format_list());
}

void check_option(const DatasetFormat& format, const char* option, bool given) {
  const std::string options = " " + std::string(format.options) + " ";
  TL_CHECK(!given || options.find(" " + std::string(option) + " ") != options.npos,
           "[import] --{} does not apply to the format {}: leave it out", option, format.name);
}

ImportRequest request_of(const ImportFlags& flags, const DatasetFormat& format) {
  check_option(format, "split", !flags.split.empty());
  check_option(format, "column", !flags.column.empty());
  check_option(format, "difficult", !flags.difficult.empty());
  check_option(format, "crowd", !flags.crowd.empty());
  check_option(format, "confidence", flags.confidence.has_value());
  check_option(format, "order", !flags.order.empty());
  check_option(format, "txt-style", !flags.txt_style.empty());
  check_option(format, "keep-underscores", flags.keep_underscores);
  check_option(format, "keep-meta", flags.keep_meta);
  check_option(format, "hierarchy", flags.hierarchy);
  ImportRequest request{flags.source, flags.pictures};
  request.split = flags.split;
  request.column = flags.column;
  request.difficult = flags.difficult != "drop";
  request.crowd = flags.crowd != "drop";
  request.confidence = flags.confidence.value_or(request.confidence);
  request.largest_first = flags.order == "area";
  if (!flags.txt_style.empty()) request.txt_style = flags.txt_style;
  request.keep_underscores = flags.keep_underscores;
  request.keep_meta = flags.keep_meta;
  request.hierarchy = flags.hierarchy;
  return request;
}

std::string hundredths(int64_t part, int64_t whole) {
  return format("{}", static_cast<double>((100 * part + whole / 2) / std::max<int64_t>(whole, 1)) / 100);
}

void print_summary(const ImportFlags& flags, const DatasetFormat& source, const ImportSummary& summary) {
  std::cerr << format("{}: {}, {}, {} per picture, from {} ({})\n", flags.output, counted(summary.pictures, "picture"),
                      counted(summary.different_tags, "different tag"), hundredths(summary.tags_in_all, summary.pictures),
                      flags.source, source.name);
  if (!flags.words.empty()) std::cerr << format("{}: {}\n", flags.words, counted(summary.words, "tag"));
  const std::string& order = summary.report.order;
  std::cerr << "order of tags   " << (order.empty() ? "not meaningful" : order) << '\n';
  if (summary.untagged > 0) std::cerr << "without tags    " << counted(summary.untagged, "picture") << '\n';
  if (summary.repeated_pictures > 0)
    std::cerr << "repeated        " << counted(summary.repeated_pictures, "row repeats", "rows repeat")
              << " an earlier picture\n";
  if (summary.missing > 0) std::cerr << "left out        " << counted(summary.missing, "missing picture") << '\n';
  for (const ImportLoss& loss : summary.report.left_out) {
    if (loss.count > 0) std::cerr << "left out        " << counted(loss.count, loss.one.c_str(), loss.many.c_str()) << '\n';
  }
}

int run_import(const ImportFlags& flags) {
  TL_CHECK(!flags.output.empty(), "[import] name the manifest to write with -o FILE (.tsv, .csv or .jsonl)");
  const DatasetFormat& format = choose_format(flags.format, flags.source);
  ImportTargets targets{flags.output, flags.words, flags.force};
  targets.missing = flags.missing == "skip"   ? MissingPictures::kSkip
                    : flags.missing == "keep" ? MissingPictures::kKeep
                                              : MissingPictures::kError;
  const Interrupt interrupt;
  const ImportSummary summary = import_dataset(format, request_of(flags, format), targets);
  if (!flags.quiet) print_summary(flags, format, summary);
  return kExitDone;
}

}  // namespace

RunCommand import_command(Options& command) { return command_with_flags(command, declare_import, run_import); }

}  // namespace tagloom
