#pragma once
// The options of a request, in the query of its URL.
#include <string>

#include "engine/selection/tag_selection.h"

namespace tagloom {

// The tags to give for a query such as "top_k=3&threshold=0.5"; an empty one returns `rule`. Throws Error(kUsage) for anything else.
SelectionRule rule_of_query(const std::string& query, const SelectionRule& rule);

}  // namespace tagloom
