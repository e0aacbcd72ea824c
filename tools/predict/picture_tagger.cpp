#include "tools/predict/picture_tagger.h"

#include "engine/batches/batch_source.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/resources.h"

namespace tagloom {

PictureTagger::PictureTagger(TrainedRun& run, SelectionRule rule) : run_(run), rule_(std::move(rule)) {
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
      run_in_memory(batch.size(), evaluation_batch_setting(run_.settings), run_.device,
                    [&] { predictions = run_.model->predict(batch); });
      calibrate(run_, predictions);
      for (int64_t i = 0; i < batch.size(); ++i) {
        TaggedPicture picture{dataset.sample(batch.index[i]).path, {}};
        for (int32_t tag : given_tags(predictions, i, rule_))
          picture.tags.push_back({run_.vocabulary.name(tag), predictions.scores[i * predictions.tag_count + tag]});
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
