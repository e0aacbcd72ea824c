#include "tools/predict/tag_options.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/tag_rules/tag_style.h"

namespace tagloom {

void TagOptions::declare(Options& options) {
  options.value("--include", include, "FILE", "Give only the tags in FILE: one tag or pattern (* and ?) a line.")
      .value("--exclude", exclude, "FILE", "Give no tag in FILE.")
      .value("--rename", rename, "FILE",
             "Give tags other names: a line such as dog = Animals|Dog, for the tag Dog below Animals.")
      .value("--alias", alias, "FILE", "Give tags further names, in lines like those of --rename.")
      .values(
          "--min-score", min_scores, "X|run|FILE",
          "Give tags with a score of at least X; above the thresholds fitted to each tag in training (run); or by lines such as "
          "dog = 0.7. May be repeated; a later one overrides an earlier one for the tags it names.")
      .choice("--tag-style", style, tag_style_names(),
              "Spelling: as in the vocabulary and rules; with spaces or underscores; booru: lower case with underscores; prompt: "
              "spaces, and a backslash before parentheses and backslashes.")
      .value("--caption-prefix", caption_prefix, "TEXT", "--format caption: begin captions with TEXT, such as a trigger word.")
      .flag("--overwrite-captions", overwrite_captions, "--format caption: replace captions instead of adding to them.")
      .flag("--explain", explain,
            "--format text, jsonl: also print, for models that name one tag after another, the tags that competed at each step, "
            "their "
            "probabilities and the tag that was taken.");
}

bool TagOptions::takes_run_thresholds() const {
  return std::find(min_scores.begin(), min_scores.end(), "run") != min_scores.end();
}

void TagOptions::check(const std::string& format) const {
  TL_CHECK(format == "caption" || caption_prefix.empty(), "--caption-prefix needs --format caption, not {}", format);
  TL_CHECK(format == "caption" || !overwrite_captions, "--overwrite-captions needs --format caption, not {}", format);
  TL_CHECK(caption_prefix.find_first_of("\r\n") == std::string::npos,
           "--caption-prefix contains a line break: a caption is one line");
  TL_CHECK(!explain || format == "text" || format == "jsonl", "--explain is for --format text and jsonl, not {}", format);
}

}  // namespace tagloom
