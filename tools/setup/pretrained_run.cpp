#include "tools/setup/pretrained_run.h"

#include <filesystem>

#include "engine/core/parse_number.h"
#include "engine/io/read_file.h"
#include "engine/io/tensor_file.h"
#include "engine/run/run_folder.h"
#include "kernels/text/shell_quoted.h"
#include "models/backbones/weight_fit.h"
#include "models/backbones/weight_names.h"
#include "models/build.h"
#include "tools/command_line/config.h"
#include "tools/pretrained/class_index.h"
#include "tools/pretrained/class_names.h"
#include "tools/setup/resources.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

// ImageNet's evaluation crops the centre 224 x 224 of a picture with a short side of 256; other sizes keep the proportion.
constexpr int64_t kImageNetSize = 224, kImageNetShortSide = 256;

int64_t picture_size(const NamedTensors& file) {
  const auto found = file.metadata().find("image_size");
  const std::optional<int64_t> size = found == file.metadata().end() ? std::nullopt : parse_integer(found->second);
  return size && *size >= 8 && *size <= 4096 ? *size : kImageNetSize;
}

std::vector<Assignment> pretrained_settings(const NamedTensors& file, const std::string& weights, const std::string& backbone) {
  const auto set = [&](const char* key, const SettingValue& value) { return Assignment{key, value, weights}; };
  const int64_t size = picture_size(file);
  return {set("model.kind", std::string(PretrainedOptions::kKind)),
          set("backbone.name", backbone),
          set("backbone.weights", weights),
          set("backbone.layer", std::string("logits")),
          set("data.resize", std::string("short_side")),
          set("data.size", size),
          set("data.short_side", size * kImageNetShortSide / kImageNetSize),
          set("train.best_by", std::string("top1")),
          set("decode.top_k", int64_t{5})};
}

}  // namespace

std::string class_names_of_weights(const std::string& weights) {
  const fs::path config = fs::path(weights).parent_path() / "config.json";
  return fs::is_regular_file(config) && has_class_index(read_text(config)) ? config.string() : "";
}

PretrainedTagger pretrained_tagger(const PretrainedRequest& request) {
  const std::string weights = find_input("WEIGHTS", request.weights);
  const NamedTensors file = rename_weights(open_tensors(weights)).tensors;
  PretrainedTagger tagger;
  tagger.classes = request.classes.empty() ? class_names_of_weights(weights) : find_input("--classes", request.classes);
  TL_CHECK(!tagger.classes.empty(),
           "{}: has no names for its classes: give --classes FILE, such as imagenet_class_index.json or synset_words.txt",
           request.weights);
  ClassNames classes = read_class_names(tagger.classes);
  const WeightFit fit = best_fit(file);
  TL_CHECK_AS(ErrorKind::kData, fit.fits(), "{}: fits no backbone; tagdata weights {} shows the nearest one and the differences",
              request.weights, shell_quoted(request.weights));
  TL_CHECK_AS(ErrorKind::kData, fit.classes > 0,
              "{}: has no classifier, only the layers below it: train a tagger on its features with tagtrain", request.weights);
  fit_to_outputs(classes, fit.classes, tagger.classes, request.weights);
  std::vector<Assignment> all = pretrained_settings(file, weights, fit.backbone);
  const std::vector<Assignment> changes = all_assignments({request.changes.config}, request.changes.assignments);
  all.insert(all.end(), changes.begin(), changes.end());
  tagger.settings = settings_from(all);
  tagger.assignments = std::move(all);
  TL_CHECK(tagger.settings.model.kind == PretrainedOptions::kKind, "model.kind = \"{}\" needs training: use tagtrain",
           tagger.settings.model.kind);
  tagger.vocabulary = Vocabulary(std::move(classes.names));
  tagger.form = std::move(classes.form);
  tagger.notes = std::move(classes.notes);
  return tagger;
}

TrainedRun open_pretrained(const PretrainedTagger& tagger) {
  set_threads(tagger.settings);
  TrainedRun run;
  run.folder = tagger.settings.backbone.weights;
  run.settings = tagger.settings;
  run.vocabulary = tagger.vocabulary;
  run.device = Device::parse(run.settings.train.device);
  run.model = build_tagger(run.settings, tag_statistics(run.vocabulary), run.device);
  return run;
}

void write_pretrained_run(const PretrainedTagger& tagger, const std::string& folder, const std::vector<std::string>& heading) {
  const TrainedRun run = open_pretrained(tagger);
  const RunFolder made = RunFolder::create(folder);
  made.write_config(settings_to_toml(run.settings, heading));
  made.write_vocabulary(run.vocabulary.names());
  save_tagger(*run.model, identity_of(run.vocabulary), made.best());
  made.finish();
}

}  // namespace tagloom
