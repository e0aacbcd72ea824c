#pragma once
// SVM-rank (Joachims 2002) for tags, with separate weights for each tag and the squared hinge:
//   minimise 1/2 |W|^2 + C sum_i sum_{(p,n) of picture i} max(0, 1 - (s_ip - s_in))^2,   s_il = w_l . x_i + b_l,  b in W too
// The pairs of a picture: an earlier and a later tag, a present and an absent one, or both kinds (linear.pairs).
#include "models/linear/linear_head.h"

namespace tagloom {

enum class PreferredPairs { kAll, kPresentAbsent, kPresentOnly };
template <>
inline constexpr auto kEnumNames<PreferredPairs> = names_of<PreferredPairs>({{PreferredPairs::kAll, "all"},
                                                                             {PreferredPairs::kPresentAbsent, "present_absent"},
                                                                             {PreferredPairs::kPresentOnly, "present_only"}});

// Stops when the norm of the gradient is 1e-4 of that at W = 0.
std::vector<Real> fit_rank_svm(const HingeNewton& newton, const TagLists& tags, int64_t tag_count, PreferredPairs pairs, double c,
                               const std::vector<Real>& start = {});

struct RankSvmOptions {
  static constexpr const char* kKind = "rank_svm";
  static constexpr const char* kAbout = "machines that rank tags (Joachims 2002)";
  static constexpr bool kFitted = true, kOrdered = false;

  FeatureMapOptions map;
  std::vector<double> c = {1e-3, 1e-2, 1e-1, 1, 10, 100};
  PreferredPairs pairs = PreferredPairs::kAll;

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const { check_fitted(run); }
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class RankSvm : public LinearHead {
 public:
  explicit RankSvm(const RankSvmOptions& options) : LinearHead(options.map, options.c), pairs_(options.pairs) {}

 protected:
  std::vector<Real> fit_weights(const HingeNewton& newton, const TagLists& tags, double c,
                                const std::vector<Real>& start) override;

 private:
  PreferredPairs pairs_;
};

}  // namespace tagloom
