// Declares the flags of tagpredict.
#include "tools/predict/predict_options.h"

#include "kernels/base/error.h"

namespace tagloom {

bool PredictOptions::parse(const std::vector<std::string>& arguments) {
  Options options("tagpredict", "Tags pictures with a trained tagger.");
  options.argument("RUN", run, "The run folder.")
      .arguments("PICTURES", inputs, "Pictures and folders of pictures.")
      .value("--checkpoint", checkpoint, "FILE", "Weights to use instead of best.safetensors.")
      .choice(
          "--format", format, {"text", "csv", "jsonl", "xmp", "caption"},
          "text: one line per picture; csv: one path,tag,score per line; jsonl: one JSON object per line; xmp: a sidecar file "
          "PICTURE.xmp next to each picture; caption: PICTURE without its extension and .txt, for training programs. Default "
          "text.")
      .value("--top-k", top_k, "N", "Give the N best tags.")
      .value("--threshold", threshold, "X", "Give the tags with a score above X; with --top-k, at most N of them.")
      .flag("--scores", scores, "--format text: print tag:score.");
  tags.declare(options);
  options.settings(changes)
      .flag("-q,--quiet", quiet, "Print only warnings and errors on stderr.")
      .note(
          "tagpredict runs/corel5k photos/ --format jsonl\n\n"
          "Pictures, folders and sidecars that cannot be read are reported on stderr and left out; the exit code is then 3. A "
          "picture is a regular file.\nA path that is not UTF-8 has a U+FFFD for each such byte in jsonl's \"path\", and "
          "\"path_bytes\" has all of it in base64.");
  if (!options.parse(arguments)) return false;
  TL_CHECK(!top_k || *top_k > 0, "--top-k is {}: it must be at least 1", *top_k);
  tags.check(format);
  if (tags.takes_run_thresholds())
    changes.assignments.push_back({"decode.thresholds", SettingValue(std::string("per_label")), "--min-score run"});
  return true;
}

}  // namespace tagloom
