#pragma once
// Preprocesses features for nearest neighbours and linear machines, with maps learnt from the training pictures.
//
//   x <- sign(x) sqrt|x|     (hellinger)
//   x <- x / |x|             (l2, hellinger)
//   x <- P (x - mean), then x / |x| once more, with P from
//     whiten: L^-1, where L L^T = C_xx + r I: Euclidean distance becomes the Mahalanobis distance
//     cca:    the canonical directions of the features and the mean of their picture's tag vectors (decompositions.h), each scaled by its
//             correlation to the power `correlation_power`
//
// CCA's tag vectors are indicators or the leading eigenvectors of the tags' co-occurrence (ppmi). Murthy et al. 2015 use
// word2vec, which needs a text corpus.
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
  double ridge = 0.1;      // r, as a fraction of the mean variance
  double correlation_power = 1;
  TagVectors tag_vectors = TagVectors::kIndicator;

  void declare(SettingTable& table);  // section fit
};

// Builds a fitted head from its options.
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
  int64_t dimensions() const;  // D, after fit() or size_from()

 private:
  std::vector<Real> normalised(std::vector<Real> rows, int64_t width, bool root) const;

  FeatureMapOptions options_;
  Tensor projection_, offset_;  // P [D,F] and -P mean [D], unless Projection::kNone
};

}  // namespace tagloom
