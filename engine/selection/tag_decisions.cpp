// Fits thresholds and sigmoids, and reads and writes decisions.tsv.
#include "engine/selection/tag_decisions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <sstream>
#include <string_view>

#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "kernels/base/warning.h"

namespace tagloom {
namespace {

constexpr const char* kHeading = "tag\tthreshold\tslope\toffset\tcalibrated_threshold";
constexpr std::string_view kWeights = "# weights ", kChecksum = " checksum ";

double log_odds(float score) {
  const double s = std::clamp(static_cast<double>(score), 1e-7, 1 - 1e-7);
  return std::log(s / (1 - s));
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

// -log likelihood of the targets under sigmoid(u).
double cost_of(double target, double u) { return std::max(u, 0.0) - u * target + std::log1p(std::exp(-std::abs(u))); }

// Newton's method with step halving on a convex function of the slope and the offset. At slope 0, where it starts, no probability
// is saturated, so that its Hessian is well conditioned (Lin, Lin and Weng 2007).
class Fit {
 public:
  Fit(std::span<const float> scores, std::span<const uint8_t> truth) {
    const auto positives = static_cast<double>(std::count(truth.begin(), truth.end(), uint8_t{1}));
    const double negatives = static_cast<double>(truth.size()) - positives;
    for (size_t i = 0; i < scores.size(); ++i) {
      z_.push_back(log_odds(scores[i]));
      target_.push_back(truth[i] ? (positives + 1) / (positives + 2) : 1 / (negatives + 2));
    }
    offset = std::log((positives + 1) / (negatives + 1));
  }

  void run() {
    for (int round = 0; round < 100; ++round) {
      double g_slope = 0, g_offset = 0, h_slope = 1e-12, h_both = 0, h_offset = 1e-12;
      for (size_t i = 0; i < z_.size(); ++i) {
        const double p = sigmoid_of(slope * z_[i] + offset), error = p - target_[i], weight = p * (1 - p);
        g_slope += error * z_[i], g_offset += error;
        h_slope += weight * z_[i] * z_[i], h_both += weight * z_[i], h_offset += weight;
      }
      const double determinant = h_slope * h_offset - h_both * h_both;
      const double d_slope = -(h_offset * g_slope - h_both * g_offset) / determinant;
      const double d_offset = -(h_slope * g_offset - h_both * g_slope) / determinant;
      const double decrease = -(g_offset * d_offset + g_slope * d_slope);
      if (!(decrease > 1e-12)) return;
      double step = 1;
      while (cost(slope + step * d_slope, offset + step * d_offset) > cost(slope, offset) - 1e-4 * step * decrease) {
        step /= 2;
        if (step < 1e-10) return;
      }
      slope += step * d_slope, offset += step * d_offset;
    }
  }

  // Only the offset, for a slope of 1: halves an interval that has the zero of the derivative, which rises with the offset.
  void run_with_slope_1() {
    slope = 1;
    double low = -100, high = 100;  // |z| < 17, and the targets' log-odds are those of counts
    for (int round = 0; round < 64; ++round) {
      offset = (low + high) / 2;
      double derivative = 0;
      for (size_t i = 0; i < z_.size(); ++i) derivative += sigmoid_of(z_[i] + offset) - target_[i];
      (derivative > 0 ? high : low) = offset;
    }
  }

  double slope = 0, offset = 0;

 private:
  double cost(double a, double b) const {
    double sum = 0;
    for (size_t i = 0; i < z_.size(); ++i) sum += cost_of(target_[i], a * z_[i] + b);
    return sum;
  }
  std::vector<double> z_, target_;
};

// Four numbers, each after a tab.
TagDecision decision_from(const std::string& line, const std::string& where) {
  std::array<double, 4> numbers{};
  const char *at = line.data(), *const end = line.data() + line.size();
  for (double& number : numbers) {
    const auto [stop, error] =
        at == end || *at != '\t' ? std::from_chars_result{at, std::errc::invalid_argument} : std::from_chars(at + 1, end, number);
    TL_CHECK_AS(ErrorKind::kData, error == std::errc(), "{}: expected four numbers after the tag", where);
    at = stop;
  }
  TL_CHECK_AS(ErrorKind::kData, at == end, "{}: expected four numbers after the tag", where);
  const auto [threshold, slope, offset, calibrated_threshold] = numbers;
  for (const auto& [name, value] : {std::pair{"threshold", threshold}, {"calibrated_threshold", calibrated_threshold}}) {
    TL_CHECK_AS(ErrorKind::kData, value >= 0 && value <= 1, "{}: the {} is {}: it must be 0 to 1", where, name, value);
  }
  TL_CHECK_AS(ErrorKind::kData, slope > 0 && std::isfinite(slope), "{}: the slope is {}: it must be above 0", where, slope);
  TL_CHECK_AS(ErrorKind::kData, std::isfinite(offset), "{}: the offset is {}: it must be a finite number", where, offset);
  return {static_cast<float>(threshold), slope, offset, static_cast<float>(calibrated_threshold)};
}

}  // namespace

float fit_threshold(std::span<const float> scores, std::span<const uint8_t> truth, float otherwise) {
  const int64_t positives = std::count(truth.begin(), truth.end(), uint8_t{1});
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  double best = 0;
  float threshold = otherwise;
  int64_t correct = 0;
  for (size_t k = 0; k < order.size() && scores[order[k]] > 0; ++k) {  // no threshold from 0 selects a score of 0
    correct += truth[order[k]];
    const float last = scores[order[k]], next = k + 1 < order.size() ? scores[order[k + 1]] : 0.0f;
    if (k + 1 < order.size() && last == next) continue;  // no threshold separates equal scores
    const double f1 = 2.0 * static_cast<double>(correct) / static_cast<double>(static_cast<int64_t>(k) + 1 + positives);
    if (f1 <= best) continue;
    best = f1;
    const float middle = (last + next) / 2;
    threshold = middle < last ? middle : next;
  }
  return threshold;
}

void fit_probability(std::span<const float> scores, std::span<const uint8_t> truth, TagDecision& decision) {
  Fit fit(scores, truth);
  fit.run();
  if (!(fit.slope > 0) || !std::isfinite(fit.offset)) fit.run_with_slope_1();
  decision.slope = fit.slope;
  decision.offset = fit.offset;
}

float probability_of(const TagDecision& decision, float score) {
  return static_cast<float>(sigmoid_of(decision.slope * log_odds(score) + decision.offset));
}

void calibrate(const TagDecisions& decisions, Predictions& predictions) {
  for (size_t i = 0; i < predictions.scores.size(); ++i) {
    predictions.scores[i] = probability_of(decisions[i % decisions.size()], predictions.scores[i]);
  }
  predictions.ranking.clear();
}

std::vector<float> thresholds_of(const TagDecisions& decisions, bool calibrated) {
  std::vector<float> thresholds;
  for (const TagDecision& d : decisions) thresholds.push_back(calibrated ? d.calibrated_threshold : d.threshold);
  return thresholds;
}

TagDecisions fit_decisions(std::span<const float> scores, std::span<const TagList> truth, int64_t tags, float otherwise) {
  const auto pictures = static_cast<int64_t>(truth.size());
  TL_CHECK(static_cast<int64_t>(scores.size()) == pictures * tags, "[decisions] {} scores for {} pictures and {} tags",
           scores.size(), pictures, tags);
  for (float score : scores) {
    TL_CHECK(score >= 0 && score <= 1, "[decisions] a score is {}: only scores from 0 to 1 can be calibrated", score);
  }
  std::vector<uint8_t> table(scores.size(), 0);  // [V,N]
  for (int64_t i = 0; i < pictures; ++i) {
    for (int32_t tag : truth[static_cast<size_t>(i)]) table[static_cast<size_t>(tag * pictures + i)] = 1;
  }
  TagDecisions decisions(static_cast<size_t>(tags));
#pragma omp parallel for schedule(static)
  for (int64_t tag = 0; tag < tags; ++tag) {
    std::vector<float> column(static_cast<size_t>(pictures));
    for (int64_t i = 0; i < pictures; ++i) column[static_cast<size_t>(i)] = scores[static_cast<size_t>(i * tags + tag)];
    const auto true_column = std::span<const uint8_t>(table).subspan(static_cast<size_t>(tag * pictures), column.size());
    TagDecision& decision = decisions[static_cast<size_t>(tag)];
    decision.threshold = fit_threshold(column, true_column, otherwise);
    fit_probability(column, true_column, decision);
    for (float& score : column) score = probability_of(decision, score);
    decision.calibrated_threshold = fit_threshold(column, true_column, otherwise);
  }
  return decisions;
}

std::string decisions_text(const TagDecisions& decisions, const std::vector<std::string>& names, const std::string& weights) {
  std::string text = format("{}\n", kHeading);
  for (size_t tag = 0; tag < decisions.size(); ++tag) {
    const TagDecision& d = decisions[tag];
    text +=
        format("{}\t{:.17g}\t{:.17g}\t{:.17g}\t{:.17g}\n", names[tag], d.threshold, d.slope, d.offset, d.calibrated_threshold);
  }
  return text + format("{}{}{}{}\n", kWeights, weights, kChecksum, hash_text(Hash64().add(text).digest()));
}

TagDecisions read_decisions(const std::string& path, const std::vector<std::string>& names, const std::string& weights) {
  std::istringstream file(read_text(path));
  std::string line;
  int64_t number = 0;
  Hash64 hash;
  const auto next = [&] {
    ++number;
    return static_cast<bool>(std::getline(file, line));
  };
  TL_CHECK_AS(ErrorKind::kData, next() && line == kHeading, "{}: the first line must be \"{}\"", path, kHeading);
  hash.add(line).add("\n");
  TagDecisions decisions;
  for (const std::string& name : names) {
    TL_CHECK_AS(ErrorKind::kData, next() && !line.starts_with(kWeights), "{}: it ends before the tag \"{}\"", path, name);
    hash.add(line).add("\n");
    const std::string where = format("{}:{}", path, number);
    const size_t tab = std::min(line.find('\t'), line.size());
    TL_CHECK_AS(ErrorKind::kData, line.substr(0, tab) == name, "{}: the tag is \"{}\", but the run's vocabulary.txt has \"{}\"",
                where, line.substr(0, tab), name);
    decisions.push_back(decision_from(line.substr(tab), where));
  }
  if (!next()) {
    kernels::warn(format("{}: it does not name the weights that it was fitted to, so they cannot be compared", path));
    return decisions;
  }
  const size_t middle = line.find(kChecksum);
  TL_CHECK_AS(ErrorKind::kData, line.starts_with(kWeights) && middle != std::string::npos,
              "{}:{}: the run's vocabulary.txt has no more tags", path, number);
  TL_CHECK_AS(ErrorKind::kData, line.substr(middle + kChecksum.size()) == hash_text(hash.digest()),
              "{}: its checksum is wrong: it is damaged, or was edited; remove its last line to use it as it is", path);
  const std::string fitted_to = line.substr(kWeights.size(), middle - kWeights.size());
  TL_CHECK_AS(ErrorKind::kData, fitted_to.empty() || weights.empty() || fitted_to == weights,
              "{}: it was fitted to other weights than those that are used: leave out --checkpoint, or finish the run's training "
              "with tagtrain --resume to write it again",
              path);
  return decisions;
}

}  // namespace tagloom
