// The parity table: one row for every kind of tagger and each of its variants, and one for every backbone. A row has settings as
// in a configuration file, in addition to those that all rows share.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "models/settings/settings.h"

namespace tagloom::test {

using SettingTexts = std::vector<std::pair<std::string, std::string>>;

struct ParityRow {
  std::string name;
  SettingTexts settings;
  bool is_recorded = true;  // false: its loss reads its own outputs, or draws random numbers on the host
  uint64_t seed = 1;        // of the weights; chosen so that no tag wins by a margin as small as bf16 rounding
  int64_t pixels = 32;      // side of a picture
  int64_t fc_width = 0;     // VGG's hidden layers, in place of 4096
  int64_t pictures = 4, batches = 2, steps = 10;
  std::string layers_of = {};  // a smaller backbone with its own row and the same kinds of layers
};

inline std::ostream& operator<<(std::ostream& out, const ParityRow& row) { return out << row.name; }

inline const SettingTexts kParityCommon{{"backbone.name", "small"},       {"backbone.layer", "pool5"},
                                        {"backbone.freeze", "false"},     {"model.hidden", "16"},
                                        {"model.embedding", "8"},         {"model.image_embedding", "12"},
                                        {"model.attention", "8"},         {"model.steps", "3"},
                                        {"optim.learning_rate", "0.002"}, {"optim.backbone.learning_rate", "0.0002"},
                                        {"optim.clip_norm", "5"},         {"optim.epsilon", "1e-4"},
                                        {"train.deterministic", "true"},  {"decode.steps", "4"}};

inline Settings settings_of(const ParityRow& row, bool bf16) {
  std::vector<Assignment> assignments;
  for (const SettingTexts* texts : {&kParityCommon, &row.settings}) {
    for (const auto& [key, text] : *texts) assignments.push_back(assignment_from_text(key, text, row.name));
  }
  if (bf16) {
    assignments.push_back(assignment_from_text("backbone.precision", "bf16", row.name));
    if (!settings_from(assignments).model.is_fitted()) {
      assignments.push_back(assignment_from_text("model.mixed_precision", "true", row.name));
    }
  }
  return settings_from(assignments);
}

// `base`, then `more`: later settings win.
inline SettingTexts with(SettingTexts base, const SettingTexts& more) {
  base.insert(base.end(), more.begin(), more.end());
  return base;
}

inline void add_multi_order_rows(std::vector<ParityRow>& rows) {
  const SettingTexts kind{{"model.kind", "multi_order"}};
  rows.push_back({"multi_order_paper", with(kind, {{"model.preset", "paper"}, {"optim.name", "rmsprop"}})});
  rows.push_back(
      {"multi_order_code", with(kind, {{"model.preset", "code"}, {"model.state", "features"}, {"optim.name", "adam"}}), true, 3});
  rows.push_back({"multi_order_dropout", with(kind, {{"model.mask", "none"},
                                                     {"model.state", "zero"},
                                                     {"model.dropout", "0.3"},
                                                     {"model.feature_dropout", "0.3"},
                                                     {"loss.reduction", "sum"}})});
  rows.push_back({"multi_order_normed",
                  with(kind, {{"model.state", "features"}, {"model.feature_norm", "batch_norm"}, {"optim.name", "rmsprop"}})});
}

inline void add_ordered_rnn_rows(std::vector<ParityRow>& rows) {
  const SettingTexts rank{{"model.kind", "rank"}, {"optim.name", "sgd"}};
  rows.push_back({"rank", rank, true, 2});
  rows.push_back({"rank_dropout", with(rank, {{"model.dropout", "0.3"},
                                              {"model.relu_image", "true"},
                                              {"loss.label_smoothing", "0.1"},
                                              {"decode.method", "expected_gain"}})});
  const SettingTexts kind{{"model.kind", "ordered_rnn"}, {"optim.name", "adam"}};
  rows.push_back({"ordered_rnn_no_feedback",
                  with(kind, {{"model.feedback", "none"}, {"model.image_feed", "every"}, {"model.end", "false"}})});
  rows.push_back({"naive_rnn", with(kind, {{"model.image_feed", "first"}, {"model.state", "zero"}})});
  rows.push_back(
      {"ordered_cnn_rnn", with(kind, {{"model.image_feed", "every"}, {"model.state", "zero"}, {"model.order", "frequent"}})});
  rows.push_back({"ria", with(kind, {{"model.state", "features"}, {"model.order", "rare"}})});
  rows.push_back({"sr_cnn_rnn", with(kind, {{"model.state", "probabilities"}, {"model.order", "rare"}})});
  rows.push_back(
      {"cnn_rnn",
       with(kind, {{"model.state", "zero"}, {"model.output", "joint"}, {"decode.method", "beam"}, {"decode.beam_width", "3"}})});
  rows.push_back({"ordered_rnn_own", with(kind, {{"model.image_feed", "every"}, {"model.feedback", "own"}}), false});
  rows.push_back(
      {"ordered_rnn_scheduled",
       with(kind, {{"model.image_feed", "every"}, {"model.feedback", "scheduled"}, {"model.sampling_iterations", "5"}}), false});
  rows.push_back({"ordered_rnn_random", with(kind, {{"model.image_feed", "every"}, {"model.order", "random"}}), false});
}

inline void add_rows_with_places(std::vector<ParityRow>& rows) {
  const SettingTexts places{{"backbone.layer", "conv5_map"}};
  const SettingTexts order_free = with(places, {{"model.kind", "order_free"}, {"optim.name", "adam"}});
  rows.push_back({"order_free_none", with(order_free, {{"model.alignment", "none"}}), false});
  rows.push_back({"order_free_mla", with(order_free, {{"model.alignment", "mla"}}), false, 2});
  rows.push_back({"order_free_pla", with(order_free, {{"model.alignment", "pla"}}), false, 3});
  const SettingTexts classifier = with(places, {{"model.kind", "classifier"}});
  rows.push_back({"classifier_gap", with(classifier, {{"model.head", "gap"}})});
  rows.push_back({"classifier_csra", with(classifier, {{"model.head", "csra"}})});
  rows.push_back({"classifier_csra_4", with(classifier, {{"model.head", "csra"}, {"model.csra_heads", "4"}})});
}

inline void add_jvsp_rows(std::vector<ParityRow>& rows) {
  const SettingTexts kind{{"model.kind", "jvsp"}, {"optim.name", "adam"}};
  rows.push_back({"jvsp_features", with(kind, {{"model.hidden", "128"}, {"decode.exactly", "3"}, {"decode.top_k", "3"}}), false});
  rows.push_back({"jvsp_linear",
                  with(kind, {{"model.jvsp.image", "linear"},
                              {"model.jvsp.scale_softmax", "true"},
                              {"model.jvsp.biases", "true"},
                              {"model.jvsp.lambda_gradient", "true"},
                              {"decode.sequence_score", "emission"}}),
                  false});
}

inline void add_classifier_rows(std::vector<ParityRow>& rows) {
  const SettingTexts kind{{"model.kind", "classifier"}};
  for (const char* const loss : {"bce", "softmax", "pairwise", "warp", "lsep", "focal", "asl"}) {
    rows.push_back({format("classifier_{}", loss), with(kind, {{"loss.classifier", loss}, {"model.feature_norm", "batch_norm"}}),
                    loss != std::string("softmax")});
  }
  for (const char* const loss : {"pairwise", "warp"}) {
    rows.push_back({format("classifier_sampled_{}", loss),
                    with(kind, {{"loss.classifier", loss}, {"loss.sampled", "true"}, {"loss.most_pairs", "5"}})});
  }
  rows.push_back({"classifier_decision", with(kind, {{"loss.decision", "true"}, {"backbone.layer", "conv5"}})});
  rows.push_back({"classifier_logits", with(kind, {{"backbone.layer", "logits"}, {"model.feature_dropout", "0.5"}})});
  const SettingTexts frozen = with(kind, {{"backbone.freeze", "true"}});
  rows.push_back({"classifier_frozen", frozen});
  rows.push_back({"classifier_mirrored", with(frozen, {{"backbone.mirrored", "true"}, {"model.feature_root", "true"}})});
  rows.push_back({"classifier_wakes", with(frozen, {{"backbone.finetune_after", "3"}})});
}

inline void add_fitted_rows(std::vector<ParityRow>& rows) {
  const SettingTexts fitted{{"backbone.freeze", "true"}, {"train.best_by", "f1_label"}, {"neighbours.k", "3"},
                            {"neighbours.per_tag", "2"}, {"neighbours.sharpness", "2"}, {"linear.c", "1"}};
  const auto add = [&](const char* name, const SettingTexts& more) { rows.push_back({name, with(fitted, more), false, 2}); };
  add("linear_svm", {{"model.kind", "linear_svm"}, {"fit.normalise", "none"}});
  add("rank_svm", {{"model.kind", "rank_svm"}});
  add("rank_svm_present", {{"model.kind", "rank_svm"}, {"linear.pairs", "present_only"}});
  add("rank_svm_absent", {{"model.kind", "rank_svm"}, {"linear.pairs", "present_absent"}});
  add("knn", {{"model.kind", "knn"},
              {"fit.normalise", "hellinger"},
              {"neighbours.vote", "exponential"},
              {"neighbours.balance", "mean"}});
  add("knn_whitened", {{"model.kind", "knn"}, {"fit.projection", "whiten"}});
  add("jec_cca", {{"model.kind", "jec"}, {"fit.projection", "cca"}});
  add("tagprop", {{"model.kind", "tagprop"}});
  add("pretrained", {{"model.kind", "pretrained"}, {"backbone.layer", "logits"}});
  add("two_pass_knn", {{"model.kind", "two_pass_knn"}, {"neighbours.balance", "largest"}});
}

inline void add_backbone_rows(std::vector<ParityRow>& rows) {
  const SettingTexts head{{"model.kind", "classifier"},
                          {"optim.name", "sgd"},
                          {"optim.learning_rate", "0.001"},
                          {"optim.backbone.learning_rate", "0.00004"}};
  const std::pair<const char*, const char*> resnets[] = {{"resnet18", ""},
                                                         {"resnet34", "resnet18"},
                                                         {"resnet50", ""},
                                                         {"resnet101", "resnet50"},
                                                         {"resnet152", "resnet50"},
                                                         {"resnext50_32x4d", ""},
                                                         {"resnext101_32x8d", "resnext50_32x4d"},
                                                         {"resnext101_64x4d", "resnext50_32x4d"},
                                                         {"wide_resnet50_2", "resnet50"},
                                                         {"wide_resnet101_2", "resnet50"},
                                                         {"resnet50d", ""}};
  for (const auto& [name, like] : resnets) {
    ParityRow row{.name = name, .settings = with(head, {{"backbone.name", name}}), .pixels = 64, .layers_of = like};
    rows.push_back(row);
  }
  for (const char* const name : {"vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"}) {
    ParityRow row{.name = name, .settings = with(head, {{"backbone.name", name}, {"backbone.layer", "fc7"}}), .fc_width = 64};
    if (!row.name.starts_with("vgg11")) row.layers_of = row.name.ends_with("_bn") ? "vgg11_bn" : "vgg11";
    rows.push_back(row);
  }
}

inline const std::vector<ParityRow>& parity_rows() {
  static const std::vector<ParityRow> rows = [] {
    std::vector<ParityRow> made;
    add_multi_order_rows(made);
    add_ordered_rnn_rows(made);
    add_rows_with_places(made);
    add_jvsp_rows(made);
    add_classifier_rows(made);
    add_fitted_rows(made);
    add_backbone_rows(made);
    return made;
  }();
  return rows;
}

}  // namespace tagloom::test
