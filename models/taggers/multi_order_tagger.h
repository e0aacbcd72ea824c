#pragma once
// The multi-order model, backbone and head, as one class for programs that construct it directly. (build.h builds any tagger from
// the settings of a configuration file.)
//
//   MultiOrderTagger model({.backbone = {.name = "resnet50", .weights = "resnet50.safetensors"}}, train.vocabulary());
#include "engine/data/vocabulary.h"
#include "models/taggers/cnn_tagger.h"
#include "models/taggers/multi_order.h"

namespace tagloom {

struct MultiOrderTaggerOptions {
  BackboneOptions backbone = {};
  MultiOrderOptions head = {};
  uint64_t seed = 1;  // of the initial values
};

class MultiOrderTagger : public CnnTagger {
 public:
  // Loads the backbone's weights file, if it has one, and draws all other initial values. On the CPU until to(device).
  MultiOrderTagger(const MultiOrderTaggerOptions& options, const Vocabulary& vocabulary);

 private:
  struct Parts {
    std::unique_ptr<Backbone> cnn;
    std::unique_ptr<TaggerHead> head;
  };
  static Parts make_parts(const MultiOrderTaggerOptions& options, int64_t tags);
  MultiOrderTagger(const MultiOrderTaggerOptions& options, Parts parts);
};

}  // namespace tagloom
