#include "tools/serve/tag_query.h"

#include <algorithm>
#include <set>

#include "engine/core/parse_number.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {

SelectionRule rule_of_query(const std::string& query, const SelectionRule& rule) {
  if (query.empty()) return rule;
  SelectionRule asked;
  std::set<std::string> seen;
  for (size_t from = 0; from <= query.size();) {
    const size_t end = std::min(query.find('&', from), query.size());
    const std::string entry = query.substr(from, end - from);
    from = end + 1;
    const size_t equals = std::min(entry.find('='), entry.size());
    const std::string key = entry.substr(0, equals), text = entry.substr(std::min(equals + 1, entry.size()));
    TL_CHECK(key == "top_k" || key == "threshold", "the query contains \"{}\": it may contain top_k and threshold",
             printable(key));
    TL_CHECK(seen.insert(key).second, "the query contains {} twice", key);
    if (key == "top_k") {
      asked.top_k = parse_integer(text);
      TL_CHECK(asked.top_k && *asked.top_k > 0, "top_k is \"{}\": it must be an integer of at least 1", printable(text));
    } else {
      asked.threshold = parse_real(text);
      TL_CHECK(asked.threshold, "threshold is \"{}\": it must be a number", printable(text));
    }
  }
  return asked;
}

}  // namespace tagloom
