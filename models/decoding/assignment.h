#pragma once
// Finds the cheapest assignment of rows to distinct columns, exactly: the Hungarian method (Kuhn 1955) by shortest augmenting
// paths with potentials, O(rows^2 columns).
#include <cstdint>
#include <span>
#include <vector>

namespace tagloom {

// cost [rows, columns], finite, rows <= columns. Returns each row's column; the columns are distinct and the sum of their costs
// is least. Deterministic. Throws Error(kUsage) for any other shape.
std::vector<int64_t> cheapest_assignment(std::span<const double> cost, int64_t rows, int64_t columns);

}  // namespace tagloom
