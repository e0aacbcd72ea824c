#pragma once
// A backbone and the multi-order head as one model, for programs that make their own. (build.h makes any tagger from the settings of
// a configuration file.)
//
//   MultiOrderTagger model({.backbone = "resnet50", .hidden = 512}, train.vocabulary());
//   load_backbone(model.cnn(), "resnet50.safetensors");
#include <string>

#include "engine/data/vocabulary.h"
#include "models/taggers/cnn_tagger.h"
#include "models/taggers/multi_order.h"

namespace tagloom {

struct MultiOrderTaggerOptions {
  std::string backbone = "resnet50";            // one of backbone_names()
  BackboneLayer layer = BackboneLayer::kPool5;  // its features
  bool freeze = true;                           // keep the backbone as it is; false: trained with the head, batch norm too
  int64_t hidden = 512, embedding = 256, steps = 5;
  InitialState state = InitialState::kProbabilities;
  uint64_t seed = 1;  // of the initial values
};

class MultiOrderTagger : public CnnTagger {
 public:
  // Initial values are drawn for everything, the backbone too. On the CPU until to(device).
  MultiOrderTagger(const MultiOrderTaggerOptions& options, const Vocabulary& vocabulary);

 private:
  struct Parts {
    std::unique_ptr<Backbone> cnn;
    std::unique_ptr<TaggerHead> head;
  };
  static Parts make_parts(const MultiOrderTaggerOptions& options, int64_t tags);
  MultiOrderTagger(Parts parts, const MultiOrderTaggerOptions& options);
};

}  // namespace tagloom
