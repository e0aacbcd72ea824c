// Excludes the training pictures, ranks the suspects among the rest, and prints the list.
#include "tools/output/suspects.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernels/text/utf8.h"
#include "tools/output/json_path.h"

namespace tagloom {

void require_held_out(const Dataset& dataset, const TrainedOn& trained_on) {
  for (int64_t i = 0; i < dataset.size(); ++i) {
    if (!trained_on.contains(dataset, i)) return;
  }
  fail(ErrorKind::kUsage,
       "--suspects: the run was trained on all {} pictures of {}, so its scores mostly reproduce their tags: give --data other "
       "pictures, or train with data.validation_fraction, which holds out a part of them",
       dataset.size(), dataset.manifest().string());
}

SuspectList find_suspects(const EvaluationOutput& output, const Dataset& dataset, const TrainedOn& trained_on, int64_t most) {
  SuspectList list{.first = {}, .tags = dataset.vocabulary().size()};
  std::vector<float> scores;
  std::vector<TagList> truth;
  std::vector<int64_t> index;
  for (size_t i = 0; i < output.index.size(); ++i) {
    if (trained_on.contains(dataset, output.index[i])) {
      ++list.trained_on;
      continue;
    }
    const auto row = output.predictions.scores.begin() + static_cast<int64_t>(i) * list.tags;
    scores.insert(scores.end(), row, row + list.tags);
    truth.push_back(output.truth[i]);
    index.push_back(output.index[i]);
  }
  list.held_out = static_cast<int64_t>(index.size());
  LabelSuspects all = label_suspects(scores, truth, list.tags);
  list.found = static_cast<int64_t>(all.suspects.size());
  list.tags_judged = all.tags_judged;
  all.suspects.resize(std::min<size_t>(all.suspects.size(), static_cast<size_t>(most)));
  for (LabelSuspect& suspect : all.suspects) suspect.picture = index[suspect.picture];
  list.first = std::move(all.suspects);
  return list;
}

std::string suspects_text(const SuspectList& list, const Dataset& dataset) {
  std::string out = format("{} probable label errors, {} shown; {} held-out pictures, {} of {} tags judged", list.found,
                           list.first.size(), list.held_out, list.tags_judged, list.tags);
  if (list.trained_on > 0) out += format(" ({} training pictures excluded)", list.trained_on);
  out += "\n";
  if (list.first.empty()) return out;
  size_t width = 3;
  for (const LabelSuspect& one : list.first) width = std::max(width, dataset.vocabulary().name(one.tag).size());
  out += format("  {:>6}  {:>6}  {:>6}  {:<16}  {:<{}}  {}\n", "margin", "score", "usual", "the tag is", "tag", width, "picture");
  for (const LabelSuspect& one : list.first) {
    out += format("  {:>6.3f}  {:>6.3f}  {:>6.3f}  {:<16}  {:<{}}  {}\n", one.margin, one.score, one.usual,
                  one.missing ? "probably missing" : "probably wrong", dataset.vocabulary().name(one.tag), width,
                  dataset.sample(one.picture).path);
  }
  return out;
}

nlohmann::ordered_json suspects_json(const SuspectList& list, const Dataset& dataset) {
  nlohmann::ordered_json object{
      {"found", list.found},
      {"held_out", list.held_out},
      {"trained_on", list.trained_on},
      {"tags", list.tags},
      {"tags_judged", list.tags_judged},
      {"definition",
       "confident learning (Northcutt, Jiang, Chuang 2021), one two-class problem per tag: t and u are the tag's mean scores "
       "over "
       "the pictures with and without it; missing: without the tag and score >= t; wrong: with the tag and score <= u; usual is "
       "that t or u, margin is |2 score - t - u|; tags with t <= u are not judged"},
      {"list", nlohmann::ordered_json::array()}};
  for (const LabelSuspect& one : list.first) {
    nlohmann::ordered_json entry;
    add_path(entry, "picture", std::string(dataset.sample(one.picture).path));
    entry.update({{"tag", with_replacements(dataset.vocabulary().name(one.tag))},
                  {"kind", one.missing ? "missing" : "wrong"},
                  {"score", one.score},
                  {"usual", one.usual},
                  {"margin", one.margin}});
    object["list"].push_back(std::move(entry));
  }
  return object;
}

}  // namespace tagloom
