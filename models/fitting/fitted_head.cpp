#include "models/fitting/fitted_head.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tagloom {
namespace {

// The shortest text that reads back as the same bits.
std::string choice_text(double value) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace

void check_fitted(const Sections& run) {
  TL_CHECK(run.backbone.is_fixed(),
           "a model that is fitted at once needs a frozen backbone: set backbone.freeze = true and backbone.finetune_after = -1");
  TL_CHECK(!run.data.transform.flip && run.data.transform.crop == Crop::kCenter,
           "a model that is fitted at once reads every picture once: set data.flip = false and data.crop = \"center\"");
  TL_CHECK(run.train.best_by != "loss",
           "a model that is fitted at once has no loss: name the metric that chooses it, as in train.best_by = \"f1_label\"");
  TL_CHECK(run.decode.method == DecodeMethod::kScores,
           "a model that is fitted at once has no steps to decode: decode.method must be \"scores\"");
}

FitPictures joined(const FitPictures& a, const FitPictures& b) {
  if (a.size() == 0 || b.size() == 0) return a.size() == 0 ? b : a;
  TL_CHECK(a.features.size(1) == b.features.size(1), "[fit] features of {} and of {} values cannot be joined", a.features.size(1),
           b.features.size(1));
  FitPictures both{Tensor::empty({a.size() + b.size(), a.features.size(1)}, DType::kReal, a.features.device()), a.tags};
  both.features.rows(0, a.size()).copy_from(a.features);
  both.features.rows(a.size(), both.features.size(0)).copy_from(b.features);
  both.tags.insert(both.tags.end(), b.tags.begin(), b.tags.end());
  return both;
}

FittedHead::FittedHead(std::vector<FitChoice> choices) : choices_(std::move(choices)) {
  for (FitChoice& choice : choices_) {
    TL_CHECK(!choice.values.empty(), "{} is an empty list: give a value, or several to choose from", choice.key);
    choice.chosen = choice.values.front();
  }
}

bool FittedHead::has_to_choose() const {
  for (const FitChoice& choice : choices_) {
    if (choice.values.size() > 1) return true;
  }
  return false;
}

FitValues FittedHead::chosen() const {
  FitValues values;
  for (const FitChoice& choice : choices_) values.emplace_back(choice.key, choice.chosen);
  return values;
}

double FittedHead::chosen(const std::string& key) const {
  for (const FitChoice& choice : choices_) {
    if (choice.key == key) return choice.chosen;
  }
  fail(ErrorKind::kInternal, "[fit] this head does not choose {}", key);
}

int64_t FittedHead::chosen_count(const std::string& key) const { return static_cast<int64_t>(std::clamp(chosen(key), 1.0, 1e9)); }

void FittedHead::fit(const FitPictures& train) {
  TL_CHECK_AS(ErrorKind::kData, train.size() > 0 && train.features.size(0) == train.size(),
              "[fit] needs at least one training picture, and one row of features for each");
  prepare(train);
  adjust();
}

void FittedHead::choose(const FitPictures& train, const FitPictures& held_out, const ChoosingHooks& hooks) {
  TL_CHECK(held_out.size() > 0,
           "{} lists several values to choose from, but there are no validation pictures to choose on: set a "
           "data.validation_fraction above 0, or give one value",
           choices_.empty() ? "a setting" : choices_.front().key);
  prepare(train);
  const auto predictions = [&] {
    Tape tape(Tape::kForwardOnly);
    return predict(tape.constant(held_out.features));
  };
  FitValues best;
  double best_judgement = 0;
  std::vector<size_t> at(choices_.size(), 0);
  for (bool more = true; more;) {
    for (size_t i = 0; i < at.size(); ++i) choices_[i].chosen = choices_[i].values[at[i]];
    adjust();
    const double judgement = hooks.judge(predictions());
    if (hooks.on_trial) hooks.on_trial(chosen(), judgement);
    if (best.empty() || judgement > best_judgement) {
      best = chosen();
      best_judgement = judgement;
    }
    more = false;
    for (size_t i = at.size(); i-- > 0 && !more;) {  // the last one varies fastest
      more = ++at[i] < choices_[i].values.size();
      if (!more) at[i] = 0;
    }
  }
  for (size_t i = 0; i < best.size(); ++i) choices_[i].chosen = best[i].second;
  adjust();
}

Var FittedHead::loss(const Var&, const Batch&) {
  fail(ErrorKind::kUsage, "[fit] this kind of model has no loss: call fit() instead of training it");
}

SafetensorsMetadata FittedHead::metadata() const {
  SafetensorsMetadata metadata;
  for (const FitChoice& choice : choices_) metadata[choice.key] = choice_text(choice.chosen);
  return metadata;
}

void FittedHead::set_metadata(const SafetensorsMetadata& metadata, const std::string& path) {
  for (FitChoice& choice : choices_) {
    const auto found = metadata.find(choice.key);
    TL_CHECK_AS(ErrorKind::kData, found != metadata.end(), "{}: its metadata has no {}, which training chooses: train again",
                path, choice.key);
    const char* end = found->second.data() + found->second.size();
    const auto [next, error] = std::from_chars(found->second.data(), end, choice.chosen);
    TL_CHECK_AS(ErrorKind::kData, error == std::errc() && next == end && std::isfinite(choice.chosen) && choice.chosen > 0,
                "{}: its metadata has {} = \"{}\", which is not a number above 0", path, choice.key, found->second);
  }
}

Tensor tensor_of_file(const Safetensors& file, const std::string& name, const Shape& shape) {
  const SafetensorsEntry* const entry = file.find(name);
  Shape sized = shape;
  for (size_t axis = 0; axis < sized.size(); ++axis) {
    if (sized[axis] >= 0) continue;
    const bool known = entry != nullptr && entry->shape.size() == sized.size();
    sized[axis] = known ? std::max<int64_t>(1, entry->shape[axis]) : 1;
  }
  return Tensor::zeros(std::move(sized));
}

}  // namespace tagloom
