#include "models/taggers/multi_order_tagger.h"

namespace tagloom {

MultiOrderTagger::MultiOrderTagger(const MultiOrderTaggerOptions& options, const Vocabulary& vocabulary)
    : MultiOrderTagger(options, make_parts(options, vocabulary.size())) {}

MultiOrderTagger::MultiOrderTagger(const MultiOrderTaggerOptions& options, Parts parts)
    : CnnTagger(std::move(parts.cnn), std::move(parts.head), {}) {
  reset({options.seed, 0});
  if (!options.backbone.weights.empty()) load_backbone(cnn(), options.backbone.weights);
}

MultiOrderTagger::Parts MultiOrderTagger::make_parts(const MultiOrderTaggerOptions& options, int64_t tags) {
  TL_CHECK(tags > 0, "[multi_order] the vocabulary is empty");
  std::unique_ptr<Backbone> cnn = make_backbone(options.backbone);
  std::unique_ptr<TaggerHead> head = options.head.build(cnn->feature_count(), numbered_tags(tags));
  return {std::move(cnn), std::move(head)};
}

}  // namespace tagloom
