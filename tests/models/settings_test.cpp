// Tests how settings are read, checked and printed.
#include "models/settings/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kernels/base/error.h"
#include "models/settings/settings.h"
#include "tests/support/expect_error.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using testing::HasSubstr;

std::string complaint(const std::vector<Assignment>& assignments) {
  return test::usage_error([&] { settings_from(assignments); });
}

Assignment text(const std::string& key, const std::string& value) { return assignment_from_text(key, value, "--set"); }

std::string text_complaint(const std::string& key, const std::string& value) {
  try {
    settings_from({assignment_from_text(key, value, "--set")});
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Settings, LaterAssignmentsWin) {
  const Settings s = settings_from({text("train.seed", "3"), text("optim.learning_rate", "1e-3"), text("train.seed", "4")});
  EXPECT_EQ(s.train.seed, 4);
  EXPECT_EQ(s.optim.head.learning_rate, 1e-3);
  EXPECT_EQ(s.model.as<MultiOrderOptions>().hidden, 512);
}

TEST(Settings, EveryTypeIsReadFromText) {
  const Settings s = settings_from({text("data.resize", "short_side"), text("data.flip", "true"), text("optim.momentum", "+.5"),
                                    text("backbone.mean", "[0.5, 0.25,1]"), text("backbone.std", "1,1,1"),
                                    text("data.train", "a b.tsv"), text("eval.zero_division", "1"),
                                    text("optim.backbone.learning_rate", "2e-5"), text("backbone.finetune_after", "-1")});
  EXPECT_EQ(s.data.transform.resize, Resize::kShortSide);
  EXPECT_TRUE(s.data.transform.flip);
  EXPECT_EQ(s.optim.optimizer.rms_prop.momentum, 0.5);
  EXPECT_EQ(s.backbone.mean, (std::vector<double>{0.5, 0.25, 1}));
  EXPECT_EQ(s.data.train, "a b.tsv");
  EXPECT_EQ(s.metrics.zero_division, ZeroDivision::kOne);
  EXPECT_EQ(s.optim.backbone.learning_rate, 2e-5);
}

TEST(Settings, ListsOfNumbersAcceptOneNumber) {
  EXPECT_EQ(settings_from({text("neighbours.k", "[5, 20]")}).model.as<KnnOptions>().k, (std::vector<double>{5, 20}));
  EXPECT_EQ(settings_from({text("neighbours.k", "7")}).model.as<KnnOptions>().k, (std::vector<double>{7}));
  EXPECT_EQ(settings_from({{"linear.c", int64_t{3}, "f"}}).model.as<RankSvmOptions>().c, (std::vector<double>{3}));
  EXPECT_EQ(text_complaint("neighbours.k", "[]"), "--set: neighbours.k takes a list of numbers, 1 to 1000000000, got []");
  EXPECT_EQ(text_complaint("neighbours.k", "[2, 0.5]"),
            "--set: neighbours.k takes a list of numbers, 1 to 1000000000, got [2.0, 0.5]");
  EXPECT_THAT(text_complaint("linear.c", "[0]"), HasSubstr("above 0"));
}

TEST(Settings, FittedModelsNeedAMetricAndAFrozenBackbone) {
  const std::vector<Assignment> fitted{text("model.kind", "knn"), text("train.best_by", "f1_label")};
  EXPECT_NO_THROW(settings_from(fitted));
  const auto with = [&](const std::string& key, const std::string& value) {
    std::vector<Assignment> all = fitted;
    all.push_back(text(key, value));
    return complaint(all);
  };
  EXPECT_THAT(with("train.best_by", "loss"), HasSubstr("has no loss"));
  EXPECT_THAT(with("backbone.freeze", "false"), HasSubstr("backbone.freeze = true"));
  EXPECT_THAT(with("backbone.finetune_after", "5"), HasSubstr("backbone.finetune_after = -1"));
  EXPECT_THAT(with("data.flip", "true"), HasSubstr("data.flip = false"));
  EXPECT_THAT(with("decode.method", "greedy"), HasSubstr("decode.method must be"));
  EXPECT_THAT(with("model.feature_root", "true"), HasSubstr("fit.normalise"));
  EXPECT_THAT(with("model.mixed_precision", "true"), HasSubstr("computes in fp32"));
}

TEST(Settings, ChoicesAcceptUnquotedNumbersAndFlags) {
  const Settings s = settings_from({{"eval.zero_division", int64_t{1}, "f"}, {"backbone.stride_in_1x1", true, "f"}});
  EXPECT_EQ(s.metrics.zero_division, ZeroDivision::kOne);
  EXPECT_EQ(s.backbone.stride_in_1x1, true);
}

TEST(Settings, IntegersConvertToRealsButNotBack) {
  EXPECT_EQ(settings_from({{"optim.learning_rate", int64_t{1}, "f"}}).optim.head.learning_rate, 1.0);
  EXPECT_EQ(complaint({{"train.epochs", 2.5, "run.toml:3:10"}}),
            "run.toml:3:10: train.epochs takes an integer, 1 to 1000000000, got 2.5");
}

TEST(Settings, UnknownKeysSuggestTheNearest) {
  EXPECT_EQ(complaint({{"optim.learning_rte", 0.1, "run.toml:12:1"}}),
            "run.toml:12:1: unknown key \"optim.learning_rte\" (did you mean \"optim.learning_rate\"?)");
  EXPECT_THAT(text_complaint("batch_size", "3"), HasSubstr("did you mean \"train.batch_size\"?"));
  EXPECT_EQ(text_complaint("zzzzzzzzzzzz", "3"), "--set: unknown key \"zzzzzzzzzzzz\"");
}

TEST(Settings, ErrorsNameTheAllowedValues) {
  EXPECT_EQ(text_complaint("model.mask", "cumulativ"),
            "--set: model.mask takes none | previous | cumulative, got \"cumulativ\" (did you mean "
            "\"cumulative\"?)");
  EXPECT_EQ(text_complaint("data.flip", "yes"), "--set: data.flip takes true or false, got \"yes\"");
  EXPECT_EQ(text_complaint("optim.learning_rate", "0"), "--set: optim.learning_rate takes a number, above 0, got 0.0");
  EXPECT_EQ(text_complaint("model.dropout", "1"), "--set: model.dropout takes a number, 0 to below 1, got 1.0");
  EXPECT_THAT(text_complaint("optim.learning_rate", "nan"), HasSubstr("above 0"));
  EXPECT_THAT(text_complaint("train.epochs", "3x"), HasSubstr("an integer"));
  EXPECT_THAT(text_complaint("backbone.mean", "[1, 2]"), HasSubstr("three numbers"));
  EXPECT_THAT(text_complaint("backbone.mean", "[1,,2]"), HasSubstr("three numbers"));
  EXPECT_THAT(text_complaint("train.device", "gpu"), HasSubstr("auto, cpu, cuda or cuda:N"));
  EXPECT_EQ(text_complaint("data.train", "caf\xE9.tsv"),
            "--set: data.train = \"caf\\xe9.tsv\" is not UTF-8, so config.toml cannot contain it: rename the file or folder");
  EXPECT_EQ(text_complaint("train.device", "cuda:1"), "nothing was thrown");
}

TEST(Settings, ExplicitKeysOverridePresets) {
  const Settings code = settings_from({text("model.preset", "code")});
  EXPECT_EQ(code.model.as<MultiOrderOptions>().mask, kernels::BceMask::kCumulative);
  EXPECT_EQ(code.model.as<MultiOrderOptions>().gate, kernels::StepGate::kLabelCount);
  EXPECT_EQ(code.model.as<MultiOrderOptions>().head, OutputHead::kTanhTwoLayer);
  const Settings mixed = settings_from({text("model.mask", "none"), text("model.preset", "code")});
  EXPECT_EQ(mixed.model.as<MultiOrderOptions>().mask, kernels::BceMask::kNone);
  EXPECT_EQ(mixed.model.as<MultiOrderOptions>().gate, kernels::StepGate::kLabelCount);
  const Settings paper = settings_from({text("model.preset", "code"), text("model.preset", "paper")});
  EXPECT_EQ(paper.model.as<MultiOrderOptions>().mask, kernels::BceMask::kPrevious);
  EXPECT_EQ(paper.model.as<MultiOrderOptions>().head, OutputHead::kLinear);
}

TEST(Settings, AutoFollowsTheModel) {
  const Settings rank = settings_from({text("model.kind", "rank")});
  EXPECT_EQ(rank.model.as<RankOptions>().rnn.reduction, LossReduction::kMeanTokens);
  EXPECT_EQ(rank.decode.method, DecodeMethod::kGreedy);
  EXPECT_EQ(rank.train.best_mode, BestMode::kMin);
  const Settings classifier = settings_from({text("model.kind", "classifier"), text("train.best_by", "ndcg@10")});
  EXPECT_EQ(classifier.model.as<ClassifierOptions>().loss.reduction, LossReduction::kSumLabelsMeanBatch);
  EXPECT_EQ(classifier.decode.method, DecodeMethod::kScores);
  EXPECT_EQ(classifier.train.best_mode, BestMode::kMax);
  const auto of = [](const std::string& kind, std::vector<Assignment> more = {}) {
    more.push_back(text("model.kind", kind));
    const Settings s = settings_from(more);
    return std::pair(setting_value(s, "loss.reduction"), setting_value(s, "decode.method"));
  };
  const auto values = [](const char* reduction, const char* method) {
    return std::pair(SettingValue(std::string(reduction)), SettingValue(std::string(method)));
  };
  EXPECT_EQ(of("multi_order"), values("sum_labels_mean_batch", "scores"));
  EXPECT_EQ(of("ordered_rnn"), values("mean_tokens", "greedy"));
  EXPECT_EQ(of("jvsp"), values("sum_labels_mean_batch", "greedy"));
  const Assignment places = text("backbone.layer", "conv5_map");
  EXPECT_EQ(of("order_free", {places}), values("sum_labels_mean_batch", "beam"));
  EXPECT_EQ(of("order_free", {places, text("model.alignment", "mla")}), values("mean_tokens", "greedy"));
  EXPECT_EQ(of("knn", {text("train.best_by", "f1_label")}), values("sum_labels_mean_batch", "scores"));
}

TEST(Settings, ChecksAcrossKeys) {
  EXPECT_THAT(complaint({text("backbone.layer", "fc7")}), HasSubstr("VGG"));
  EXPECT_THAT(complaint({text("data.crop", "random")}), HasSubstr("data.resize"));
  EXPECT_THAT(complaint({text("data.resize", "short_side"), text("data.short_side", "200")}), HasSubstr("nothing to crop"));
  EXPECT_THAT(complaint({text("model.kind", "rank"), text("model.preset", "code")}), HasSubstr("model.preset"));
  EXPECT_THAT(complaint({text("model.kind", "classifier"), text("decode.method", "greedy")}), HasSubstr("scores"));
  EXPECT_THAT(complaint({text("loss.reduction", "mean_tokens")}), HasSubstr("rank"));
  EXPECT_THAT(complaint({text("loss.classifier", "lsep")}), HasSubstr("model.kind = \"classifier\""));
  EXPECT_THAT(complaint({text("loss.decision", "true")}), HasSubstr("model.kind = \"classifier\""));
  EXPECT_THAT(complaint({text("model.kind", "classifier"), text("loss.sampled", "true")}), HasSubstr("warp"));
  EXPECT_THAT(complaint({text("model.kind", "classifier"), text("model.head", "csra")}), HasSubstr("conv5_map"));
  EXPECT_THAT(complaint({text("model.kind", "classifier"), text("backbone.layer", "conv5_map")}), HasSubstr("csra"));
  EXPECT_THAT(complaint({text("model.kind", "classifier"), text("model.head", "tanh_two_layer")}), HasSubstr("linear"));
  EXPECT_THAT(complaint({text("decode.thresholds", "per_label"), text("data.validation_fraction", "0")}),
              HasSubstr("data.validation"));
  EXPECT_THAT(complaint({text("decode.calibration", "platt"), text("decode.method", "greedy")}), HasSubstr("scores"));
  EXPECT_THAT(complaint({text("optim.nesterov", "true")}), HasSubstr("sgd"));
  EXPECT_THAT(complaint({text("backbone.mean", "1,1,1")}), HasSubstr("backbone.std"));
  EXPECT_THAT(complaint({text("backbone.mean", "1,1,1"), text("backbone.std", "1,0,1")}), HasSubstr("above 0"));
  EXPECT_THAT(complaint({text("backbone.mirrored", "true"), text("backbone.finetune_after", "10")}), HasSubstr("data.flip"));
  EXPECT_THAT(complaint({text("model.feature_root", "true"), text("backbone.finetune_after", "10")}),
              HasSubstr("slope of a root"));
  EXPECT_THAT(complaint({text("model.feature_root", "true"), text("backbone.freeze", "false")}), HasSubstr("slope of a root"));
  EXPECT_THAT(complaint({text("model.kind", "order_free"), text("model.alignment", "none"), text("decode.method", "beam"),
                         text("backbone.layer", "conv5_map"), text("backbone.mirrored", "true")}),
              HasSubstr("places would not match"));
  EXPECT_THAT(complaint({text("optim.schedule", "plateau"), text("data.validation_fraction", "0")}), HasSubstr("plateau"));
}

TEST(SettingTable, KeysAreUniqueAndDefaultsAreAllowed) {
  std::set<std::string> keys;
  for (const Setting* const row : setting_table().rows()) {
    const Setting& setting = *row;
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_FALSE(setting.about.empty()) << setting.key;
    for (const Setting::Target& target : setting.targets) EXPECT_EQ(target.get(), setting.default_value) << setting.key;
    Settings s;
    EXPECT_NO_THROW(set_value(s, {setting.key, setting.default_value, "default"})) << setting.key;
  }
}

TEST(SettingTable, EveryChoiceReadsBackAsItself) {
  for (const Setting* const row : setting_table().rows()) {
    const Setting& setting = *row;
    for (const std::string& choice : setting.choices) {
      Settings s;
      set_value(s, {setting.key, choice, "test"});
      EXPECT_EQ(std::get<std::string>(setting_value(s, setting.key)), choice) << setting.key;
    }
  }
}

TEST(SettingTable, ValuesReadLikeToml) {
  EXPECT_EQ(value_text(SettingValue(0.1)), "0.1");
  EXPECT_EQ(value_text(SettingValue(5.0)), "5.0");
  EXPECT_EQ(value_text(SettingValue(1e-8)), "1e-08");
  EXPECT_EQ(value_text(SettingValue(std::string("a\"b\\c\n"))), "\"a\\\"b\\\\c\\u000A\"");
  EXPECT_EQ(value_text(SettingValue(std::vector<double>{1, 0.5})), "[1.0, 0.5]");
}

TEST(SettingTable, TomlIsUtf8) {
  EXPECT_TRUE(settings_to_toml(Settings{}, {"tagtrain -o caf\xE9/\xC3\xA9"}).starts_with("# tagtrain -o caf?/\xC3\xA9\n"));
  Settings settings;
  settings.data.train = "/caf\xE9/train.tsv";  // made absolute after it was checked
  EXPECT_ERROR(kUsage, "is not UTF-8, so config.toml cannot contain it", settings_to_toml(settings, {}));
}

TEST(SettingTable, TomlAndHelpContainEveryKey) {
  const std::string toml = settings_to_toml(Settings{}, {"tagtrain 0.1.0"});
  EXPECT_TRUE(toml.starts_with("# tagtrain 0.1.0\n\n[data]\ntrain = \"\"\n")) << toml.substr(0, 80);
  EXPECT_THAT(toml, HasSubstr("\n\n[optim.backbone]\nlearning_rate = 1e-05\n"));
  EXPECT_THAT(
      settings_reference(setting_table()),
      HasSubstr(
          "| `hidden` | an integer, 1 to 65536 | `512` | LSTM cells. [rank, multi_order, ordered_rnn, order_free, jvsp] |\n"));
  const std::string help = settings_help(setting_table());
  for (const std::string& key : setting_table().keys()) EXPECT_THAT(help, HasSubstr("  " + key + " = "));
  EXPECT_THAT(help, HasSubstr("  train.epochs = 30   (an integer, 1 to 1000000000) *\n"));
  EXPECT_THAT(help, HasSubstr("  train.seed = 1   (an integer, at least 0)\n"));
  EXPECT_THAT(settings_reference(setting_table()), HasSubstr("| `epochs`\\* | an integer, 1 to 1000000000 |"));
}

TEST(SettingTable, OnlyTheseMayChangeOnResume) {
  std::string keys;
  for (const Setting* setting : setting_table().rows()) {
    if (setting->may_change_on_resume && !setting->key.starts_with("decode.") && !setting->key.starts_with("eval."))
      keys += setting->key + "\n";
  }
  EXPECT_EQ(keys,
            "data.train\ndata.validation\ndata.test\ndata.vocabulary\ndata.on_error\ndata.workers\ndata.cache\ndata.cache_dir\n"
            "backbone.weights\n"
            "optim.clip_norm\noptim.learning_rate\noptim.clip_value\noptim.schedule\noptim.warmup_iterations\noptim.step_every\n"
            "optim.step_factor\noptim.plateau_patience\noptim.plateau_factor\noptim.cycle_up\noptim.cycle_divisor\n"
            "optim.cycle_final_divisor\noptim.cycle_low\noptim.cycle_up_iterations\noptim.cycle_down_iterations\n"
            "optim.cycle_decay\noptim.minimum_factor\noptim.backbone.learning_rate\noptim.backbone.clip_value\n"
            "train.epochs\ntrain.device\ntrain.evaluate_every\ntrain.patience\ntrain.checkpoint_every\ntrain.threads\n");
}

}  // namespace
}  // namespace tagloom
