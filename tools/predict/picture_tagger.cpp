#include "tools/predict/picture_tagger.h"

#include "engine/batches/batch_source.h"
#include "tools/predict/named_steps.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/resources.h"

namespace tagloom {
namespace {

constexpr int64_t kCompeting = 5;  // tags that --explain shows for a step

}  // namespace

PictureTagger::PictureTagger(TrainedRun& run, TagRules rules, bool explain)
    : run_(run), rules_(std::move(rules)), explain_(explain) {
  TL_CHECK(
      !explain || run.model->step_scores() != StepScores::kNone,
      "--explain shows the steps of models that name one tag after another; model.kind = \"{}\" gives all tags at once: see its "
      "scores with --scores",
      run.settings.model.kind);
  run.settings.data.dataset.on_error = OnError::kSkip;
}

bool PictureTagger::tag(const std::vector<std::string>& paths) {
  const Dataset dataset = Dataset::of_pictures(paths, run_.vocabulary);
  int64_t unreadable = 0;
  PictureSource source(dataset, reader_settings(run_.settings, false),
                       {.batch_size = evaluation_batch(run_.settings), .shuffle = false}, run_.device,
                       [&](const ReadFailure& failure) {
                         ++unreadable;
                         on_failure(failure);
                       });
  source.start_epoch(0, 0);
  try {
    for (Batch batch; source.next(batch);) {
      Predictions predictions;
      std::vector<StepPath> paths;
      run_in_memory(batch.size(), evaluation_batch_setting(run_.settings), run_.device, [&] {
        predictions = run_.model->predict(batch);
        if (explain_) paths = run_.model->step_paths(batch, kCompeting);
      });
      calibrate(run_, predictions);
      for (int64_t i = 0; i < batch.size(); ++i) {
        TaggedPicture picture{dataset.sample(batch.index[i]).path, rules_.tags(predictions, i)};
        if (explain_) {
          picture.steps = named_steps(paths.at(static_cast<size_t>(i)), run_.vocabulary);
          picture.step_scores = step_scores_name(run_.model->step_scores());
        }
        on_picture(picture);
      }
      if (!after_batch(batch.size())) return false;
    }
  } catch (const Error&) {
    if (unreadable < dataset.size()) throw;  // else each picture was reported already
  }
  return true;
}

}  // namespace tagloom
