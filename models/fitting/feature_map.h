#pragma once
// What is done to features before distances are measured in them, or lines drawn through them; learnt from the training pictures.
//
//   x <- sign(x) sqrt|x|     (hellinger)
//   x <- x / |x|             (l2, hellinger)
//   x <- P (x - mean), then x / |x| once more, with P from
//     whiten: L^-1, where L L^T = C_xx + r I: Euclidean distance becomes Mahalanobis's
//     cca:    the canonical directions of the features and the mean of their picture's tag vectors (decompositions.h), each scaled by its
//             correlation to the power `correlation_power`
//
// The tag vectors of CCA are the tags' own: indicators, or the leading eigenvectors of how they occur together (ppmi). Murthy et al.
// 2015 have word2vec there, which needs a text corpus.
#include "models/fitting/fitted_head.h"

namespace tagloom {

enum class Normalisation { kNone, kL2, kHellinger };
template <>
inline constexpr auto kEnumNames<Normalisation> = names_of<Normalisation>({{Normalisation::kNone, "none"},
                                                                           {Normalisation::kL2, "l2"},
                                                                           {Normalisation::kHellinger, "hellinger"}});

enum class Projection { kNone, kWhiten, kCca };
template <>
inline constexpr auto kEnumNames<Projection> =
    names_of<Projection>({{Projection::kNone, "none"}, {Projection::kWhiten, "whiten"}, {Projection::kCca, "cca"}});

enum class TagVectors { kIndicator, kPpmi };
template <>
inline constexpr auto kEnumNames<TagVectors> = names_of<TagVectors>({{TagVectors::kIndicator, "indicator"},
                                                                     {TagVectors::kPpmi, "ppmi"}});

struct FeatureMapOptions {
  int64_t features = 0, tags = 0;  // from the backbone and the vocabulary
  Normalisation normalise = Normalisation::kL2;
  Projection projection = Projection::kNone;
  int64_t dimensions = 0;  // cca: canonical directions; 0: all
  double ridge = 0.1;      // r, as a part of the mean variance
  double correlation_power = 1;
  TagVectors tag_vectors = TagVectors::kIndicator;

  void declare(SettingTable& table);  // section fit
};

// A fitted head from its kind's options.
template <class Head, class Options>
std::unique_ptr<TaggerHead> build_fitted(Options options, int64_t features, const TagStatistics& tags) {
  options.map.features = features;
  options.map.tags = tags.size();
  return std::make_unique<Head>(options);
}

class FeatureMap : public Module {
 public:
  explicit FeatureMap(const FeatureMapOptions& options);
  void fit(const FitPictures& train);
  Tensor operator()(const Tensor& features) const;  // [N,F] -> [N,D]
  void size_from(const Safetensors& file, const std::string& prefix);
  int64_t dimensions() const;  // D, once it is fitted or sized

 private:
  std::vector<Real> normalised(std::vector<Real> rows, int64_t width, bool root) const;

  FeatureMapOptions options_;
  Tensor projection_, offset_;  // P [D,F] and -P mean [D], where there is a projection
};

}  // namespace tagloom
