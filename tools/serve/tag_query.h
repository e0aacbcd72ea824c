#pragma once
// Parses the options of a request from the query of its URL.
#include <string>

#include "engine/selection/tag_selection.h"

namespace tagloom {

// Returns the selection rule for a query such as "top_k=3&threshold=0.5", or `rule` for an empty query. Throws Error(kUsage) for any other
// query.
SelectionRule rule_of_query(const std::string& query, const SelectionRule& rule);

}  // namespace tagloom
