#include "tools/predict/tag_lines.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kernels/base/format.h"
#include "tools/output/json_path.h"
#include "tools/output/quoted_field.h"

namespace tagloom {
namespace {

// Returns a number that prints as score_text(), or null.
nlohmann::ordered_json json_score(float score) {
  if (!std::isfinite(score)) return nullptr;
  const std::string digits = score_text(score);
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

nlohmann::ordered_json json_tag(const ScoredTag& tag) {
  nlohmann::ordered_json object = {{"tag", full_name(tag)}};
  if (!tag.parents.empty()) {
    object["levels"] = tag.parents;
    object["levels"].push_back(tag.name);
  }
  object["score"] = json_score(tag.score);
  return object;
}

nlohmann::ordered_json json_candidate(const NamedStep::Candidate& candidate) {
  nlohmann::ordered_json object;
  if (candidate.is_end)
    object["end"] = true;
  else
    object["tag"] = candidate.name;
  object["probability"] = json_score(candidate.probability);
  return object;
}

nlohmann::ordered_json json_step(const NamedStep& step) {
  nlohmann::ordered_json object = {{"chosen", nullptr}, {"competing", nlohmann::ordered_json::array()}};
  if (step.chosen) object["chosen"] = json_candidate(*step.chosen);
  for (const NamedStep::Candidate& candidate : step.competing) object["competing"].push_back(json_candidate(candidate));
  return object;
}

std::string candidate_name(const NamedStep::Candidate& candidate) {
  return candidate.is_end ? "(end)" : quoted_field(candidate.name, ",");
}

std::string chosen_name(const NamedStep& step) { return step.chosen ? candidate_name(*step.chosen) : "(none)"; }

// The number of UTF-8 characters.
size_t width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string given_tags_text(const TaggedPicture& picture, bool scores) {
  std::string text;
  for (const ScoredTag& tag : picture.tags) {
    if (!text.empty()) text += ',';
    text += quoted_field(full_name(tag), scores ? ",:" : ",");
    if (scores) text += format(":{}", tag.score);
  }
  return text;
}

}  // namespace

std::string full_name(const ScoredTag& tag, std::string_view separator) {
  std::string name;
  for (const std::string& parent : tag.parents) name.append(parent).append(separator);
  return name + tag.name;
}

std::string score_text(float score) {
  char digits[32];
  return {digits, std::to_chars(std::begin(digits), std::end(digits), score).ptr};
}

std::string text_line(const TaggedPicture& picture, bool scores) {
  return quoted_field(picture.path, "") + '\t' + given_tags_text(picture, scores) + '\n';
}

std::string explained_text(const TaggedPicture& picture, bool scores) {
  size_t widest = 0;
  for (const NamedStep& step : picture.steps) widest = std::max(widest, width(chosen_name(step)));
  std::string text = quoted_field(picture.path, "") + '\n';
  int64_t number = 0;
  for (const NamedStep& step : picture.steps) {
    const std::string chosen = chosen_name(step);
    text += format("{:>6}  ", ++number) + chosen + std::string(widest - width(chosen), ' ');
    const char* separator = "  of ";
    for (const NamedStep::Candidate& candidate : step.competing) {
      text += separator + candidate_name(candidate) + format(" {:.4f}", candidate.probability);
      separator = ", ";
    }
    text += '\n';
  }
  return text + "  tags  " + given_tags_text(picture, scores) + '\n';
}

std::string csv_heading() { return "path,tag,score\n"; }

std::string csv_lines(const TaggedPicture& picture) {
  const std::string path = quoted_field(picture.path, ",");
  if (picture.tags.empty()) return path + ",,\n";
  std::string lines;
  for (const ScoredTag& tag : picture.tags)
    lines += path + ',' + quoted_field(full_name(tag), ",") + ',' + score_text(tag.score) + '\n';
  return lines;
}

nlohmann::ordered_json tags_json(const std::vector<ScoredTag>& tags) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ScoredTag& tag : tags) list.push_back(json_tag(tag));
  return list;
}

std::string json_line(const TaggedPicture& picture) {
  nlohmann::ordered_json line;
  add_path(line, "path", picture.path);
  line["tags"] = tags_json(picture.tags);
  if (!picture.steps.empty()) {
    line["step_scores"] = picture.step_scores;
    for (const NamedStep& step : picture.steps) line["steps"].push_back(json_step(step));
  }
  return json_text(line) + '\n';
}

}  // namespace tagloom
