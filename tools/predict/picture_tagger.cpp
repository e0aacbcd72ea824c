#include "tools/predict/picture_tagger.h"

#include <numeric>

#include "engine/core/interrupt.h"
#include "tools/predict/named_steps.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/decode_ahead.h"
#include "tools/setup/resources.h"

namespace tagloom {
namespace {

constexpr int64_t kCompeting = 5;                         // tags that --explain shows for a step
constexpr int kForever = -1, kMillisecondsForMore = 200;  // other programs write lists in pieces

// Starts batches until enough are being decoded or no picture arrives in time. Returns false at the end and after a signal. `begun`
// contains the pictures of an incomplete batch.
bool read_ahead(PictureStream& pictures, size_t batch_size, std::vector<std::string>& begun, DecodeAhead& ahead) {
  while (!ahead.full()) {
    if (Interrupt::signal() != 0) return false;
    std::string path;
    const int wait = !ahead.empty() ? 0 : begun.empty() ? kForever : kMillisecondsForMore;
    const Next next = pictures.next(path, wait);
    if (next == Next::kPicture) begun.push_back(std::move(path));
    const bool all = next == Next::kEnd || (next == Next::kNothingYet && ahead.empty());
    if (begun.size() == batch_size || (all && !begun.empty())) ahead.add(std::exchange(begun, {}));
    if (next == Next::kEnd) return false;
    if (next == Next::kNothingYet && !ahead.empty()) return true;
    if (next == Next::kSkipped && ahead.ready()) return true;  // many skipped pictures must not delay the model
  }
  return true;
}

}  // namespace

PictureTagger::PictureTagger(TrainedRun& run, TagRules rules, bool explain)
    : run_(run), rules_(std::move(rules)), explain_(explain) {
  TL_CHECK(!explain || run.model->step_scores() != StepScores::kNone,
           "--explain shows the steps of models that predict one tag after another; model.kind = \"{}\" predicts all tags at "
           "once: print "
           "its scores with --scores",
           run.settings.model.kind);
}

bool PictureTagger::tag(PictureStream& pictures) {
  const auto batch_size = static_cast<size_t>(evaluation_batch(run_.settings));
  DecodeAhead ahead(reader_settings(run_.settings, false), thumbnail_side);
  DecodedBatch decoded;
  std::vector<std::string> begun;
  for (bool more = true; more || !ahead.empty();) {
    if (more) more = read_ahead(pictures, batch_size, begun, ahead);
    if (Interrupt::signal() != 0) return false;
    if (ahead.empty()) continue;
    ahead.take(decoded);
    for (const ReadFailure& failure : decoded.failures) on_failure(failure);
    if (!decoded.paths.empty()) predict(decoded);
    if (!after_batch(static_cast<int64_t>(decoded.paths.size() + decoded.failures.size()))) return false;
  }
  return true;
}

void PictureTagger::predict(DecodedBatch& decoded) {
  const auto count = static_cast<int64_t>(decoded.paths.size()), size = run_.settings.data.transform.size;
  Batch batch;
  batch.index.resize(decoded.paths.size());
  std::iota(batch.index.begin(), batch.index.end(), 0);
  Predictions predictions;
  std::vector<StepPath> steps;
  run_in_memory(count, evaluation_batch_setting(run_.settings), run_.device, [&] {
    batch.send(batch.images, decoded.images, {count, size, size, 3}, run_.device);
    predictions = run_.model->predict(batch);
    if (explain_) steps = run_.model->step_paths(batch, kCompeting);
  });
  calibrate(run_, predictions);
  for (int64_t i = 0; i < count; ++i) {
    TaggedPicture picture{decoded.paths[static_cast<size_t>(i)], rules_.tags(predictions, i)};
    if (explain_) {
      picture.steps = named_steps(steps.at(static_cast<size_t>(i)), run_.vocabulary);
      picture.step_scores = step_scores_name(run_.model->step_scores());
    }
    if (runners_up > 0) rules_.add_near_misses(predictions, i, runners_up, picture);
    if (thumbnail_side > 0) picture.thumbnail = std::move(decoded.thumbnails[static_cast<size_t>(i)]);
    on_picture(picture);
  }
}

}  // namespace tagloom
