#include "models/taggers/classifier.h"

#include "engine/selection/tag_selection.h"
#include "kernels/cnn/residual_attention.h"
#include "models/taggers/tag_loss.h"

namespace tagloom {

void ClassifierOptions::declare(SettingTable& table) {
  SettingRows model = table.section("model");
  rows::head(model, head);
  model.integer("csra_heads", csra_heads, between(1, 8), "1, 2, 4, 6 or 8 temperatures of attention (head = \"csra\").");
  model.real("csra_lambda", csra_lambda, at_least(0), "Weight of attention relative to the mean over places (head = \"csra\").");
  rows::features(model, *this);
  loss.declare(table);
  SettingRows rows = table.section("loss");
  rows.flag(
      "decision", decision,
      "A small network learns the score that a tag needs in a picture; trained separately: no gradient reaches the classifier.");
  rows.own_kind_only();
}

void ClassifierOptions::check(const Sections& run) const {
  const bool has_places = head == OutputHead::kGap || head == OutputHead::kCsra;
  const bool is_map = run.backbone.layer == BackboneLayer::kConv5Map;
  TL_CHECK(!has_places || is_map, "model.head = \"{}\" needs backbone.layer = \"conv5_map\"", name_of(head));
  TL_CHECK(has_places || !is_map,
           "backbone.layer = \"conv5_map\" gives a classifier one vector per place: set model.head = \"gap\" or \"csra\"");
  TL_CHECK(head != OutputHead::kTanhTwoLayer,
           "model.head = \"tanh_two_layer\" belongs to model.kind = \"multi_order\"; set linear");
  TL_CHECK(!decision || head != OutputHead::kCsra,
           "loss.decision reads one row of features per picture, but model.head = \"csra\" reads places: set another head");
  TL_CHECK(run.decode.method == DecodeMethod::kScores,
           "model.kind = \"classifier\" has no steps to decode: decode.method must be \"scores\"");
  loss.check();
}

std::unique_ptr<TaggerHead> ClassifierOptions::build(int64_t feature_count, const TagStatistics& known) const {
  ClassifierOptions options = *this;
  options.features = feature_count;
  options.tags = known.size();
  return std::make_unique<Classifier>(options);
}

Classifier::Decision::Decision(const ClassifierOptions& options)
    : first(options.features, 100), second(100, 10), thresholds(10, options.tags) {
  add("0", first);
  add("1", second);
  add("2", thresholds);
}

std::vector<Real> csra_temperatures(int64_t heads) {
  constexpr Real kMaximum = kernels::ResidualAttentionShape::kMaximum;
  switch (heads) {
    case 1:
      return {1};
    case 2:
      return {1, kMaximum};
    case 4:
      return {1, 2, 4, kMaximum};
    case 6:
      return {1, 2, 3, 4, 5, kMaximum};
    case 8:
      return {1, 2, 3, 4, 5, 6, 7, kMaximum};
    default:
      fail(ErrorKind::kUsage, "model.csra_heads is {}: CSRA has 1, 2, 4, 6 or 8 heads", heads);
  }
}

Classifier::Classifier(const ClassifierOptions& options)
    : options_(options), output_(options.features, options.tags, options.head != OutputHead::kCsra) {
  if (options.head == OutputHead::kCsra) csra_temperatures(options.csra_heads);  // fails before anything is loaded
  if (options.feature_norm) {
    norm_.emplace(options.features);
    add("norm", *norm_);
  }
  add("output", output_);
  if (options.decision) {
    decision_.emplace(options);
    add("decision", *decision_);
  }
}

Var Classifier::csra(const Var& map) {
  const int64_t n = map.size(0), places = map.size(1) / options_.features;
  Var x = reshape(map, {n * places, options_.features});
  if (norm_) x = (*norm_)(x);
  const Var scores = linear(dropout(x, options_.feature_dropout), normalize_rows(map.tape().parameter(output_.weight)), {});
  return residual_attention(reshape(scores, {n, places, options_.tags}), csra_temperatures(options_.csra_heads),
                            static_cast<Real>(options_.csra_lambda));
}

Classifier::Output Classifier::output(const Var& features) {
  if (options_.head == OutputHead::kCsra) return {csra(features), {}};
  const int64_t n = features.size(0), f = options_.features;
  const Var row =
      options_.head == OutputHead::kGap ? global_average_pool(reshape(features, {n, 1, features.size(1) / f, f})) : features;
  const Var x = norm_ ? (*norm_)(row) : row;
  Output output{output_(dropout(x, options_.feature_dropout)), {}};
  if (decision_) {
    Tape& tape = features.tape();
    const Var hidden = relu(decision_->second(relu(decision_->first(tape.constant(x.value())))));
    output.decided = tagloom::add(tape.constant(output.logits.value()), scale(decision_->thresholds(hidden), -1));
  }
  return output;
}

Var Classifier::logits(const Var& features) { return output(features).logits; }

Var Classifier::loss(const Var& features, const Batch& batch) {
  const Output out = output(features);
  const Var ranked = tag_loss(options_.loss, out.logits, batch);
  return decision_ ? tagloom::add(ranked, tag_loss({.reduction = options_.loss.reduction}, out.decided, batch)) : ranked;
}

Predictions Classifier::predict(const Var& features) {
  const Output out = output(features);
  Predictions predictions;
  predictions.tag_count = options_.tags;
  const std::vector<Real> scores = (decision_ ? sigmoid(out.decided) : tag_scores(options_.loss, out.logits)).value().to_vector();
  predictions.scores.assign(scores.begin(), scores.end());
  if (decision_) {  // the scores would put tags with low thresholds first
    const std::vector<Real> f = out.logits.value().to_vector();
    const std::vector<float> logits(f.begin(), f.end());
    for (int64_t i = 0; i < features.size(0); ++i) {
      predictions.ranking.push_back(rank_by_score(std::span(logits).subspan(i * options_.tags, options_.tags), options_.tags));
    }
  }
  return predictions;
}

}  // namespace tagloom
