#pragma once
// The tagger without a head of its own: the tags are the classes of the backbone's classifier, and their scores its probabilities.
//
//   f = fc(x),   score of class c = exp f_c / sum_k exp f_k,   x the features under the classifier
//
// It has nothing to train: the vocabulary lists the classes in the order of the classifier's outputs.
#include "models/fitting/fitted_head.h"

namespace tagloom {

struct PretrainedOptions {
  static constexpr const char* kKind = "pretrained";
  static constexpr const char* kAbout = "the backbone's own classes";
  static constexpr bool kFitted = true, kOrdered = false;

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const;
  // `features` are the classifier's outputs, one per tag.
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class Pretrained : public FittedHead {
 public:
  explicit Pretrained(int64_t classes) : FittedHead({}), classes_(classes) {}
  Predictions predict(const Var& features) override;  // logits [N,V]; scores in (0, 1) that sum to 1
  int64_t tag_count() const override { return classes_; }

 protected:
  void prepare(const FitPictures&) override {}  // nothing depends on pictures

 private:
  int64_t classes_;
};

}  // namespace tagloom
