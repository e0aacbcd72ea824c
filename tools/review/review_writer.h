#pragma once
// Writes tagged pictures into a review page.
#include <memory>

#include "models/trained_run.h"
#include "tools/predict/picture_tagger.h"
#include "tools/predict/writers/tag_writer.h"

namespace tagloom {

// Writes the page options.review. Completions for tags are the names that the rules give.
std::unique_ptr<TagWriter> make_review_writer(const PredictOptions& options, const TrainedRun& run, const TagRules& rules);

void request_review_data(PictureTagger& tagger);  // requests the thumbnails and the other data that the page shows

}  // namespace tagloom
