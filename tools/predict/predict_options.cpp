// Declares the flags of tagpredict.
#include "tools/predict/predict_options.h"

#include <algorithm>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

const std::vector<std::string> kFormats{"text", "csv", "jsonl", "xmp", "caption"};
constexpr char kAboutFormats[] =
    "text: one line per picture; csv: one path,tag,score per line; jsonl: one JSON object per line; xmp: keywords in an "
    "XMP sidecar next to each picture; caption: a .txt file next to each picture, for training programs. ";

// --apply needs no run and no pictures.
bool parse_apply(const std::vector<std::string>& arguments, PredictOptions& parsed) {
  parsed.format = "text";
  Options options("tagpredict --apply", "Writes the tags that were accepted and corrected on a review page.");
  options.value("--apply", parsed.apply, "FILE", "The file that the page saved.")
      .choice("--format", parsed.format, kFormats, std::string(kAboutFormats) + "Default text.");
  parsed.keywords.declare(options);
  options.flag("-q,--quiet", parsed.quiet, "Print only warnings and errors on stderr.")
      .note(
          "tagpredict --apply ~/Downloads/review.jsonl --format xmp\n\n"
          "These tags have a score of 1. Pictures that no longer exist and sidecars that cannot be written are reported on "
          "stderr; the exit code is then 3.");
  if (!options.parse(arguments)) return false;
  parsed.keywords.check(parsed.format);
  return true;
}

// --undo needs no run: all its arguments are pictures.
bool parse_undo(const std::vector<std::string>& arguments, PredictOptions& parsed) {
  Options options("tagpredict --undo",
                  "Removes the keywords that tagpredict wrote into sidecars and pictures, and its record of them.");
  options.arguments("PICTURES", parsed.inputs, "Pictures and folders of pictures.")
      .flag("--undo", parsed.keywords.undo, "Remove keywords.")
      .flag("--backup", parsed.keywords.backup, "First save the old picture file as PICTURE_original, unless that exists.")
      .flag("-q,--quiet", parsed.quiet, "Print only warnings and errors on stderr.")
      .note(
          "Keywords that you wrote or changed stay. A sidecar that tagpredict created is deleted if nothing else is left in it.");
  return options.parse(arguments);
}

}  // namespace

bool PredictOptions::parse(const std::vector<std::string>& arguments) {
  const auto is_apply = [](const std::string& word) { return word == "--apply" || word.starts_with("--apply="); };
  if (std::any_of(arguments.begin(), arguments.end(), is_apply)) return parse_apply(arguments, *this);
  if (std::ranges::find(arguments, "--undo") != arguments.end()) return parse_undo(arguments, *this);
  Options options("tagpredict", "Tags pictures with a trained tagger.");
  options.argument("RUN", run, "The run folder; or weights of a backbone with its own classifier, such as ImageNet's.")
      .optional_arguments("PICTURES", inputs, "Pictures and folders of pictures; - for a list of pictures on standard input.")
      .value("--files-from", files_from, "FILE", "A list of pictures, one path per line; - for standard input.")
      .flag("-0,--null", null, "Paths in the list end with NULs, as written by find -print0.")
      .value("--checkpoint", checkpoint, "FILE", "Weights to use instead of best.safetensors.")
      .value(
          "--classes", classes, "FILE",
          "If RUN is a weights file: the names of its classes, in any form that tagdata classes reads. Default: the config.json "
          "next to it.")
      .choice("--format", format, kFormats, std::string(kAboutFormats) + "Default text, or none with --review.")
      .value("--output", output, "FILE", "Write text, csv or jsonl to FILE.")
      .value("--review", review, "FILE",
             "Write a page for accepting and correcting tags in a browser. It saves the decisions as a manifest.")
      .value("--apply", apply, "FILE",
             "tagpredict --apply FILE writes the decisions that the page saved: see tagpredict --apply --help.")
      .flag("--skip-existing", skip_existing,
            "Resume a stopped run: skip the pictures that the --output file contains, or that have a caption (--format caption) "
            "or keywords written by Tagloom (--format xmp).")
      .value("--newer-than", newer_than, "FILE|DATE",
             "Tag only pictures that changed after FILE did, or after a date such as 2026-05-01 or 2026-05-01T18:30.")
      .flag("--watch", watch, "Tag the pictures in the folders, then wait for new ones and tag them, until Ctrl-C.")
      .value("--top-k", top_k, "N", "Give the N best tags.")
      .value("--threshold", threshold, "X", "Give the tags with a score above X; with --top-k, at most N of them.")
      .flag("--scores", scores, "--format text: print tag:score.");
  tags.declare(options);
  keywords.declare(options);
  options.settings(changes)
      .flag("-q,--quiet", quiet, "Print only warnings and errors on stderr.")
      .note(
          "tagpredict runs/corel5k photos/ --format jsonl --output tags.jsonl\n"
          "find photos -name '*.jpg' -print0 | tagpredict runs/corel5k - -0\n"
          "tagpredict runs/corel5k photos/ --review review.html\n"
          "tagpredict resnet50.safetensors --classes imagenet_class_index.json photos/\n\n"
          "In folders, names that begin with a dot are skipped, links to folders are not followed, and pictures and videos in "
          "formats that this build cannot read are counted at the end. See tools/README.md for all rules.\n"
          "--watch detects only changes made on this machine, not those that other machines make on a network file system.\n\n"
          "Pictures, folders and sidecars that cannot be read are reported on stderr and skipped; the exit code is then 3. "
          "Pictures must be regular files.\nIf a path is not UTF-8, jsonl's \"path\" has U+FFFD for each invalid byte, and "
          "\"path_bytes\" contains the whole path in base64.");
  if (!options.parse(arguments)) return false;
  keywords.check(format);
  if (format.empty() && (review.empty() || !output.empty())) format = "text";
  if (!changes.show) check_inputs();
  TL_CHECK(!top_k || *top_k > 0, "--top-k is {}: it must be at least 1", *top_k);
  tags.check(format.empty() ? "none" : format);
  if (tags.takes_run_thresholds())
    changes.assignments.push_back({"decode.thresholds", SettingValue(std::string("per_label")), "--min-score run"});
  return true;
}

bool PredictOptions::writes_beside() const { return format == "caption" || format == "xmp"; }

bool PredictOptions::one_stream() const { return format == "text" || format == "csv" || format == "jsonl"; }

void PredictOptions::check_inputs() {
  const bool from_stdin = std::find(inputs.begin(), inputs.end(), "-") != inputs.end();
  TL_CHECK(!from_stdin || (inputs.size() == 1 && files_from.empty()),
           "- reads the list of all pictures: remove the other PICTURES (write a file named - as ./-)");
  if (from_stdin) {
    inputs.clear();
    files_from = "-";
  }
  const bool list = !files_from.empty();
  TL_CHECK(list || !inputs.empty(), "PICTURES is required: see tagpredict --help");
  TL_CHECK(!list || inputs.empty(), "--files-from reads the list of all pictures: remove the other PICTURES");
  TL_CHECK(list || !null, "--null needs a list: add - or --files-from FILE");
  TL_CHECK(!list || !watch, "--watch needs folders, not a list");
  TL_CHECK(one_stream() || output.empty(), "--output is for text, csv and jsonl; --format {} writes next to the pictures",
           format);
  TL_CHECK(!skip_existing || !output.empty() || writes_beside(),
           "--skip-existing needs --output FILE, --format caption or --format xmp");
  TL_CHECK(!skip_existing || !tags.explain || format == "jsonl", "--skip-existing works with --explain only in --format jsonl");
}

}  // namespace tagloom
