#pragma once
// The short table before long work: the same groups of facts that the report shows, as aligned text.
//
//   data     training    corel5k/train.tsv, 4,050 pictures
//            validation  450 pictures carved out
//   model    kind        multi_order
#include <string>
#include <vector>

#include "engine/report/html_report.h"

namespace tagloom {

std::string plan_table(const std::vector<ReportFacts>& groups);

}  // namespace tagloom
