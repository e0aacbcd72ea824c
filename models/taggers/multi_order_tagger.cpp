#include "models/taggers/multi_order_tagger.h"

namespace tagloom {

MultiOrderTagger::MultiOrderTagger(const MultiOrderTaggerOptions& options, const Vocabulary& vocabulary)
    : MultiOrderTagger(make_parts(options, vocabulary.size()), options) {}

MultiOrderTagger::MultiOrderTagger(Parts parts, const MultiOrderTaggerOptions& options)
    : CnnTagger(std::move(parts.cnn), std::move(parts.head),
                {.finetune_after = options.freeze ? -1 : 0, .freeze_batch_norm = options.freeze}) {
  reset({options.seed, 0});
}

MultiOrderTagger::Parts MultiOrderTagger::make_parts(const MultiOrderTaggerOptions& options, int64_t tags) {
  TL_CHECK(tags > 0, "[multi_order] the vocabulary is empty");
  std::unique_ptr<Backbone> cnn = make_backbone({.name = options.backbone, .layer = options.layer});
  const int64_t features = cnn->feature_count();
  return {std::move(cnn), std::make_unique<MultiOrder>(MultiOrderOptions{.features = features,
                                                                         .tags = tags,
                                                                         .hidden = options.hidden,
                                                                         .embedding = options.embedding,
                                                                         .steps = options.steps,
                                                                         .start = options.state})};
}

}  // namespace tagloom
