// The one file that includes LIBLINEAR.
#include "models/linear/linear_svm.h"

#include <linear.h>

#include <algorithm>

namespace tagloom {
namespace {

constexpr double kTolerance = 1e-3;  // of the gradient's norm, against the first one's: LIBLINEAR's epsilon

void say_nothing(const char*) {}

}  // namespace

LinearSvm::LinearSvm(const FeatureMapOptions& map, std::vector<double> c) : LinearHead(map, std::move(c)) {}

void LinearSvm::prepare(const FitPictures& train) {
  fit_map(train);
  x_ = with_ones(train.features);
  tags_of_ = train.tags;
  weights_.clear();
  device_ = train.features.device();
}

void LinearSvm::adjust() {
  const int64_t rows = static_cast<int64_t>(tags_of_.size()), columns = static_cast<int64_t>(x_.size()) / rows;
  std::vector<feature_node> nodes;  // of all rows, zeros left out; -1 ends one
  std::vector<size_t> begin;
  for (int64_t i = 0; i < rows; ++i) {
    begin.push_back(nodes.size());
    for (int64_t d = 0; d < columns; ++d) {
      if (x_[i * columns + d] != 0) nodes.push_back({static_cast<int>(d + 1), double{x_[i * columns + d]}});
    }
    nodes.push_back({-1, 0});
  }
  std::vector<feature_node*> row;
  for (size_t at : begin) row.push_back(nodes.data() + at);
  std::vector<std::vector<double>> y(tags_, std::vector<double>(rows, -1));
  for (int64_t i = 0; i < rows; ++i) {
    for (int32_t tag : tags_of_[i]) y[tag][i] = 1;
  }
  set_print_string_function(say_nothing);
  const bool warm = !weights_.empty();
  weights_.resize(tags_ * columns, 0);
#pragma omp parallel for schedule(dynamic)
  for (int64_t tag = 0; tag < tags_; ++tag) {
    Real* const w = weights_.data() + tag * columns;
    if (std::find(y[tag].begin(), y[tag].end(), 1.0) == y[tag].end()) {  // a tag that nobody carries: never
      std::fill_n(w, columns, Real(0));
      w[columns - 1] = -1;
      continue;
    }
    std::vector<double> start(w, w + columns);
    problem data{};
    data.l = static_cast<int>(rows);
    data.n = static_cast<int>(columns);
    data.y = y[tag].data();
    data.x = row.data();
    data.bias = -1;  // its ones are a column already
    parameter how{};
    how.solver_type = L2R_L2LOSS_SVC;
    how.eps = kTolerance;
    how.C = c();
    how.init_sol = warm ? start.data() : nullptr;
    model* found = train(&data, &how);
    const double sign = found->label[0] == 1 ? 1 : -1;
    for (int64_t d = 0; d < columns; ++d) w[d] = static_cast<Real>(sign * found->w[d]);
    free_and_destroy_model(&found);
  }
  set_weights(weights_, device_);
}

}  // namespace tagloom
