// Joins the predictions of several batches.
#include "engine/selection/predictions.h"

#include "kernels/base/error.h"

namespace tagloom {

void Predictions::append(const Predictions& more) {
  if (tag_count == 0) tag_count = more.tag_count;
  TL_CHECK(tag_count == more.tag_count, "[predictions] {} tags and {} tags cannot be joined", tag_count, more.tag_count);
  scores.insert(scores.end(), more.scores.begin(), more.scores.end());
  first_step_scores.insert(first_step_scores.end(), more.first_step_scores.begin(), more.first_step_scores.end());
  ranking.insert(ranking.end(), more.ranking.begin(), more.ranking.end());
  if (measures.empty()) measures.resize(more.measures.size());
  TL_CHECK(measures.size() == more.measures.size(), "[predictions] {} and {} measures cannot be joined", measures.size(),
           more.measures.size());
  for (size_t i = 0; i < measures.size(); ++i) {
    measures[i].name = more.measures[i].name;
    measures[i].definition = more.measures[i].definition;
    measures[i].values.insert(measures[i].values.end(), more.measures[i].values.begin(), more.measures[i].values.end());
  }
}

}  // namespace tagloom
