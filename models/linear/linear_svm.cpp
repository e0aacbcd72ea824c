#include "models/linear/linear_svm.h"

#include <algorithm>

namespace tagloom {
namespace {

class TagHinges : public HingeLoss {
 public:
  TagHinges(const TagLists& tags, int64_t tag_count) : rows_(static_cast<int64_t>(tags.size())), y_(tag_count * rows_, -1) {
    for (int64_t i = 0; i < rows_; ++i) {
      for (int32_t tag : tags[i]) y_[tag * rows_ + i] = 1;
    }
  }

  bool separable() const override { return true; }

  std::vector<double> at(const std::vector<int64_t>& tags, const std::vector<Real>& s, std::vector<Real>* slope,
                         std::vector<Real>* bend) const override {
    std::vector<double> losses(y_.size() / rows_, 0);
#pragma omp parallel for schedule(static)
    for (int64_t tag : tags) {
      double& loss = losses[tag];
      for (int64_t i = tag * rows_; i < (tag + 1) * rows_; ++i) {
        const Real short_of = std::max(Real(0), 1 - y_[i] * s[i]);
        loss += double{short_of} * short_of;
        if (slope != nullptr) (*slope)[i] = -2 * y_[i] * short_of;
        if (bend != nullptr) (*bend)[i] = short_of > 0 ? 2 : 0;
      }
    }
    return losses;
  }

  void curve(const std::vector<int64_t>& tags, const std::vector<Real>& s, std::vector<Real>& v) const override {
#pragma omp parallel for schedule(static)
    for (int64_t tag : tags) {
      for (int64_t i = tag * rows_; i < (tag + 1) * rows_; ++i) v[i] *= 1 - y_[i] * s[i] > 0 ? 2 : 0;
    }
  }

 private:
  int64_t rows_;
  std::vector<Real> y_;  // [V,R]
};

}  // namespace

std::vector<Real> fit_linear_svm(const HingeNewton& newton, const TagLists& tags, int64_t tag_count, double c,
                                 const std::vector<Real>& start, double tolerance) {
  std::vector<double> carrying(tag_count, 0), shrunk;
  for (const std::vector<int32_t>& of_picture : tags) {
    for (int32_t tag : of_picture) ++carrying[tag];
  }
  const double rows = static_cast<double>(tags.size());
  for (double count : carrying) shrunk.push_back(tolerance * std::max(1.0, std::min(count, rows - count)) / rows);
  std::vector<Real> w = newton.minimise(TagHinges(tags, tag_count), c, shrunk, start);
  const int64_t columns = static_cast<int64_t>(w.size()) / tag_count;
  for (int64_t tag = 0; tag < tag_count; ++tag) {
    if (carrying[tag] > 0) continue;
    std::fill_n(w.begin() + tag * columns, columns, Real(0));
    w[(tag + 1) * columns - 1] = -1;
  }
  return w;
}

void LinearSvmOptions::declare(SettingTable& table) {
  map.declare(table);
  declare_c(table, c);
}

std::unique_ptr<TaggerHead> LinearSvmOptions::build(int64_t features, const TagStatistics& tags) const {
  return build_fitted<LinearSvm>(*this, features, tags);
}

std::vector<Real> LinearSvm::fit_weights(const HingeNewton& newton, const TagLists& tags, double c,
                                         const std::vector<Real>& start) {
  return fit_linear_svm(newton, tags, tag_count(), c, start);
}

}  // namespace tagloom
