#include "tools/predict/tag_options.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/tag_rules/tag_style.h"

namespace tagloom {

void TagOptions::declare(Options& options) {
  options.value("--include", include, "FILE", "Give only the tags in FILE: one tag or pattern (* and ?) per line.")
      .value("--exclude", exclude, "FILE", "Give none of the tags in FILE.")
      .value("--rename", rename, "FILE", "Rename tags: lines such as dog = Animals|Dog, for the tag Dog below Animals.")
      .value("--alias", alias, "FILE", "Give tags additional names: lines as in --rename.")
      .values("--min-score", min_scores, "X|run|FILE",
              "Give tags with a score of at least X; or above each tag's threshold fitted in training (run); or as a FILE says, "
              "in lines such as dog = 0.7. May be repeated; a later one overrides an earlier one for the tags it names.")
      .choice(
          "--tag-style", style, tag_style_names(),
          "Spelling of tags. plain: unchanged; spaces or underscores between words; booru: lower case with underscores; prompt: "
          "spaces, and a backslash before parentheses and backslashes.")
      .value("--caption-prefix", caption_prefix, "TEXT",
             "--format caption: begin captions with TEXT, such as a trigger word. After it comes a comma, or a blank if TEXT "
             "ends in one.")
      .flag("--overwrite-captions", overwrite_captions, "--format caption: replace captions instead of adding to them.")
      .flag(
          "--explain", explain,
          "--format text, jsonl: for models that predict one tag after another, also print the most probable tags at each step, "
          "their probabilities and the chosen tag.");
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
