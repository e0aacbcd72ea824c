// Pairs thumbnails with tags.
#include "tools/output/report_pictures.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "engine/metrics/average_precision.h"
#include "engine/metrics/set_metrics.h"
#include "kernels/text/utf8.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/thumbnail.h"

namespace tagloom {
namespace {

constexpr int64_t kSamples = 12, kExtremes = 8, kPaths = 6, kShownTags = 5;
constexpr int kThumbnailSide = 192;

bool is_among(const TagList& tags, int32_t tag) { return std::find(tags.begin(), tags.end(), tag) != tags.end(); }

// Empty if the file no longer exists: an evaluation from cached features does not read it.
std::optional<ReportSample> sample_of(const RunReport& report, int64_t i) {
  const EvaluationOutput& output = *report.evaluated;
  const Vocabulary& vocabulary = report.data->vocabulary();
  ReportSample sample;
  sample.name = with_replacements(report.data->file_of(output.index[i]).filename().string());
  try {
    sample.jpeg = thumbnail_jpeg(report.data->content_of(output.index[i]), kThumbnailSide);
  } catch (const Error&) {
    return std::nullopt;
  }
  for (int32_t tag : output.truth[i]) sample.true_tags.push_back(vocabulary.name(tag));
  for (int32_t tag : given_tags(output.predictions, i, report.rule)) {
    sample.predicted.push_back(
        {vocabulary.name(tag), output.predictions.scores[i * vocabulary.size() + tag], is_among(output.truth[i], tag)});
  }
  return sample;
}

struct PictureQuality {
  int64_t picture;
  double f1, average_precision;
};

std::vector<PictureQuality> qualities(const RunReport& report) {
  const EvaluationOutput& output = *report.evaluated;
  const int64_t tags = report.data->vocabulary().size();
  std::vector<PictureQuality> all;
  for (int64_t i = 0; i < static_cast<int64_t>(output.truth.size()); ++i) {
    const TagList& truth = output.truth[i];
    if (truth.empty()) continue;
    const TagList given = given_tags(output.predictions, i, report.rule);
    const TagList ranking =
        output.predictions.ranking.empty()
            ? rank_by_score(std::span(output.predictions.scores).subspan(i * tags, static_cast<size_t>(tags)), tags)
            : output.predictions.ranking[i];
    std::vector<uint8_t> is_true;
    for (const int32_t tag : ranking) is_true.push_back(is_among(truth, tag));
    const auto correct = std::count_if(given.begin(), given.end(), [&](int32_t tag) { return is_among(truth, tag); });
    const auto positives = static_cast<int64_t>(truth.size());
    all.push_back({i, *f1_of({correct, static_cast<int64_t>(given.size()), positives}, ZeroDivision::kZero),
                   average_precision_of_order(is_true, positives, AveragePrecision::kNonInterpolated).value_or(0)});
  }
  return all;
}

std::vector<ReportSample> first_samples(const RunReport& report, const std::vector<PictureQuality>& ordered) {
  std::vector<ReportSample> samples;
  for (const PictureQuality& one : ordered) {
    if (static_cast<int64_t>(samples.size()) == kExtremes) break;
    std::optional<ReportSample> sample = sample_of(report, one.picture);
    if (!sample) continue;
    sample->badge = format("F1 {:.2f}", one.f1);
    samples.push_back(std::move(*sample));
  }
  return samples;
}

bool shows_steps(const RunReport& report) { return report.model != nullptr && report.model->step_scores() != StepScores::kNone; }

// The decoding steps of the pictures, in the same order; empty for pictures that cannot be read.
std::vector<StepPath> step_paths_of(const RunReport& report, const std::vector<int64_t>& pictures) {
  std::vector<int64_t> indices;
  for (const int64_t i : pictures) indices.push_back(report.evaluated->index[i]);
  const Dataset chosen = report.data->select(indices);
  Settings settings = *report.settings;
  settings.data.dataset.on_error = OnError::kSkip;
  const auto source = make_source(settings, chosen, nullptr, false, chosen.size(), report.device, [](const ReadFailure&) {});
  std::vector<StepPath> paths(pictures.size());
  source->start_epoch(0, 0);
  for (Batch batch; source->next(batch);) {
    std::vector<StepPath> of_batch = report.model->step_paths(batch, kShownTags);
    for (size_t k = 0; k < of_batch.size(); ++k) paths[batch.index[k]] = std::move(of_batch[k]);
  }
  return paths;
}

std::vector<ReportStepTag> step_of(const PathStep& step, const TagList& truth, const std::set<int32_t>& taken,
                                   const Vocabulary& vocabulary) {
  std::vector<StepTag> shown = step.competing;
  const bool listed = std::any_of(shown.begin(), shown.end(), [&](const StepTag& t) { return t.tag == step.chosen.tag; });
  if (!listed && step.chosen.tag >= 0) shown.push_back(step.chosen);
  std::vector<ReportStepTag> tags;
  for (const StepTag& one : shown) {
    const bool is_end = one.tag == vocabulary.size();
    tags.push_back({.tag = is_end ? "end" : vocabulary.name(one.tag),
                    .probability = one.probability,
                    .chosen = one.tag == step.chosen.tag,
                    .correct = !is_end && is_among(truth, one.tag),
                    .taken_before = taken.contains(one.tag),
                    .is_end = is_end});
  }
  return tags;
}

}  // namespace

std::vector<ReportSample> samples_of(const RunReport& report) {
  const auto n = static_cast<int64_t>(report.evaluated->index.size());
  const int64_t count = std::min(kSamples, n);
  std::vector<ReportSample> samples;
  for (int64_t k = 0; k < count; ++k) {
    if (std::optional<ReportSample> sample = sample_of(report, k * n / count)) samples.push_back(std::move(*sample));
  }
  return samples;
}

std::vector<ReportGallery> best_and_worst(const RunReport& report) {
  std::vector<PictureQuality> ordered = qualities(report);
  if (static_cast<int64_t>(ordered.size()) < 2 * kExtremes) return {};  // the samples already show all of them
  const auto tags = [&](const PictureQuality& one) { return report.evaluated->truth[one.picture].size(); };
  const auto sort = [&](double sign) {
    std::sort(ordered.begin(), ordered.end(), [&](const PictureQuality& a, const PictureQuality& b) {
      return std::tuple(sign * a.f1, sign * a.average_precision, tags(b), a.picture) <
             std::tuple(sign * b.f1, sign * b.average_precision, tags(a), b.picture);
    });
    return first_samples(report, ordered);
  };
  const std::string ties = "Ties are broken by the average precision of the picture's ranking, then by the most true tags.";
  return {{"Worst", "The lowest F1 of the predicted tags, 2 · correct / (predicted + true). " + ties, sort(1)},
          {"Best", "The highest F1. " + ties, sort(-1)}};
}

std::vector<ReportPath> paths_of(const RunReport& report) {
  if (!shows_steps(report)) return {};
  const EvaluationOutput& output = *report.evaluated;
  const Vocabulary& vocabulary = report.data->vocabulary();
  std::vector<int64_t> candidates(output.truth.size());
  std::iota(candidates.begin(), candidates.end(), 0);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](int64_t a, int64_t b) { return output.truth[a].size() > output.truth[b].size(); });
  candidates.resize(std::max<size_t>(std::min<size_t>(candidates.size(), kPaths), candidates.size() / 2));
  std::sort(candidates.begin(), candidates.end());
  const auto n = static_cast<int64_t>(candidates.size()), count = std::min(kPaths, n);
  std::vector<int64_t> pictures;
  std::vector<ReportSample> samples;
  for (int64_t k = 0; k < count; ++k) {
    const int64_t i = candidates[k * n / count];
    std::optional<ReportSample> sample = sample_of(report, i);
    if (!sample) continue;
    samples.push_back(std::move(*sample));
    pictures.push_back(i);
  }
  if (pictures.empty()) return {};
  const std::vector<StepPath> steps = step_paths_of(report, pictures);
  std::vector<ReportPath> paths;
  for (size_t k = 0; k < pictures.size(); ++k) {
    if (steps[k].empty()) continue;
    ReportPath path{.picture = std::move(samples[k]), .steps = {}};
    std::set<int32_t> taken;
    for (const PathStep& step : steps[k]) {
      path.steps.push_back(step_of(step, output.truth[pictures[k]], taken, vocabulary));
      taken.insert(step.chosen.tag);
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

std::string paths_about(const RunReport& report) {
  if (!shows_steps(report)) return "";
  return format(
      "The {} most probable tags at each step of the LSTM, with their probabilities, and the one that decode.method chose; tags "
      "chosen at an earlier step are faint. {}",
      kShownTags,
      report.model->step_scores() == StepScores::kSoftmax ? "The probabilities of all tags at a step sum to 1."
                                                          : "Each tag has its own probability: they do not sum to 1.");
}

}  // namespace tagloom
