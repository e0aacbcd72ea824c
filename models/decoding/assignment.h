#pragma once
// The cheapest way to give every row a column of its own, exactly: the Hungarian method (Kuhn 1955) by shortest augmenting paths
// with potentials, O(rows^2 columns).
#include <cstdint>
#include <span>
#include <vector>

namespace tagloom {

// cost [rows, columns], finite, rows <= columns. Gives each row's column, no column twice, so that the sum of costs is least. The same
// costs give the same answer. Throws Error(kUsage) where the shape is not of that kind.
std::vector<int64_t> cheapest_assignment(std::span<const double> cost, int64_t rows, int64_t columns);

}  // namespace tagloom
