#include "models/fitting/feature_map.h"

#include <cmath>

#include "kernels/linear/gemm.h"
#include "models/fitting/decompositions.h"

namespace tagloom {
namespace {

// Rows of the training pictures' tag vectors [R,E].
std::vector<double> tag_side(const FitPictures& train, const FeatureMapOptions& options, int64_t& width) {
  const int64_t tags = options.tags;
  std::vector<double> of_tag;
  if (options.tag_vectors == TagVectors::kPpmi) {
    const int64_t most = options.dimensions > 0 ? std::min(options.dimensions, tags) : tags;
    of_tag = TL_ON_CPU(ppmi_vectors(train.tags, tags, most));
    width = most;
  } else {
    of_tag.assign(tags * tags, 0);
    for (int64_t tag = 0; tag < tags; ++tag) of_tag[tag * tags + tag] = 1;
    width = tags;
  }
  std::vector<double> rows(train.size() * width, 0);
  for (int64_t i = 0; i < train.size(); ++i) {
    for (int32_t tag : train.tags[i]) {
      // PPMI vectors are averaged; indicators are summed, which gives a row of 0 and 1.
      const double part = options.tag_vectors == TagVectors::kPpmi ? 1.0 / static_cast<double>(train.tags[i].size()) : 1.0;
      for (int64_t e = 0; e < width; ++e) rows[i * width + e] += part * of_tag[tag * width + e];
    }
  }
  return rows;
}

}  // namespace

void FeatureMapOptions::declare(SettingTable& table) {
  SettingRows fit = table.section("fit");
  fit.choice("normalise", normalise,
             "Features as they are, scaled to length 1, or their signed square roots scaled to length 1.");
  fit.choice(
      "projection", projection,
      "Map applied next: none, whitening by the covariance, or canonical correlation with the tags; scaled to length 1 again.");
  fit.integer("dimensions", dimensions, between(0, 65536), "Canonical directions to keep (cca); 0 keeps all.");
  fit.real("ridge", ridge, at_least(0), "Added to the covariances' diagonals, as a fraction of their mean (whiten, cca).");
  fit.real("correlation_power", correlation_power, between(0, 16),
           "A canonical direction is scaled by its correlation to this power (cca).");
  fit.choice("tag_vectors", tag_vectors, "Vectors of the tags in cca: indicators, or eigenvectors of the tags' co-occurrence.");
}

FeatureMap::FeatureMap(const FeatureMapOptions& options) : options_(options) {
  if (options.projection == Projection::kNone) return;
  add_buffer("projection", projection_);
  add_buffer("offset", offset_);
}

int64_t FeatureMap::dimensions() const { return projection_.defined() ? projection_.size(0) : options_.features; }

std::vector<Real> FeatureMap::normalised(std::vector<Real> rows, int64_t width, bool root) const {
  const int64_t n = width == 0 ? 0 : static_cast<int64_t>(rows.size()) / width;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < n; ++i) {
    Real* const x = rows.data() + i * width;
    double square = 0;
    for (int64_t f = 0; f < width; ++f) {
      if (root) x[f] = std::copysign(std::sqrt(std::abs(x[f])), x[f]);
      square += double{x[f]} * x[f];
    }
    const Real factor = square > 0 ? static_cast<Real>(1 / std::sqrt(square)) : 0;
    for (int64_t f = 0; f < width; ++f) x[f] *= factor;
  }
  return rows;
}

Tensor FeatureMap::operator()(const Tensor& features) const {
  TL_CHECK(features.rank() == 2 && features.size(1) == options_.features, "[feature map] needs [N, {}], got {}",
           options_.features, features.shape());
  Tensor x = features;
  if (options_.normalise != Normalisation::kNone) {
    x = Tensor::from(normalised(features.to_vector(), options_.features, options_.normalise == Normalisation::kHellinger),
                     features.shape(), features.device());
  }
  if (!projection_.defined()) return x;
  Tensor y = Tensor::empty({x.size(0), projection_.size(0)}, DType::kReal, x.device());
  TL_ON(x.queue(), gemm(x.queue(), kernels::GemmShape{x.size(0), y.size(1), x.size(1), false, true}, x.data(), projection_.data(),
                        offset_.data(), y.data(), kernels::Into::kOverwrite));
  return Tensor::from(normalised(y.to_vector(), y.size(1), false), y.shape(), y.device());
}

void FeatureMap::fit(const FitPictures& train) {
  if (options_.projection == Projection::kNone) return;
  const Device device = train.features.device();
  projection_ = offset_ = Tensor();
  const std::vector<Real> x = (*this)(train.features).to_vector();  // without the projection
  kernels::Projected found;
  if (options_.projection == Projection::kWhiten) {
    found = TL_ON_CPU(whitening(x, train.size(), options_.features, options_.ridge));
  } else {
    int64_t width = 0;
    const std::vector<double> y = tag_side(train, options_, width);
    const int64_t most = std::min(width, options_.features);
    found = TL_ON_CPU(canonical_directions(x, y, train.size(), options_.features, width,
                                           options_.dimensions > 0 ? std::min(options_.dimensions, most) : most, options_.ridge,
                                           options_.correlation_power));
  }
  const int64_t d = static_cast<int64_t>(found.offset.size());
  projection_ = Tensor::from(found.projection, {d, options_.features}, device);
  offset_ = Tensor::from(found.offset, {d}, device);
  count_replacement();
}

void FeatureMap::size_from(const Safetensors& file, const std::string& prefix) {
  if (options_.projection == Projection::kNone) return;
  projection_ = tensor_of_file(file, prefix + ".projection", {-1, options_.features});
  offset_ = tensor_of_file(file, prefix + ".offset", {projection_.size(0)});
}

}  // namespace tagloom
