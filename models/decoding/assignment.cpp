#include "models/decoding/assignment.h"

#include <limits>

#include "kernels/base/error.h"

namespace tagloom {

// Rows enter one by one. Potentials keep every reduced cost c[r,k] - u[r] - v[k] non-negative, and 0 where row r owns column k. A
// new row finds the shortest path, in reduced costs, to a free column, by Dijkstra's method over the columns; each row on the
// path then moves to the next column.
std::vector<int64_t> cheapest_assignment(std::span<const double> cost, int64_t rows, int64_t columns) {
  TL_CHECK(rows >= 0 && rows <= columns && static_cast<int64_t>(cost.size()) == rows * columns,
           "[assignment] {} costs for {} rows of {} columns: needs at least as many columns as rows", cost.size(), rows, columns);
  constexpr double kFar = std::numeric_limits<double>::infinity();
  constexpr int64_t kNone = -1;
  std::vector<double> row_potential(rows, 0), column_potential(columns, 0), distance(columns);
  std::vector<int64_t> owner(columns, kNone), before(columns);  // the row that owns a column; the column before it on the path
  std::vector<char> reached(columns);
  for (int64_t entering = 0; entering < rows; ++entering) {
    std::fill(distance.begin(), distance.end(), kFar);
    std::fill(before.begin(), before.end(), kNone);
    std::fill(reached.begin(), reached.end(), 0);
    int64_t row = entering, last = kNone, nearest = kNone;
    double walked = 0;
    for (;;) {
      nearest = kNone;
      for (int64_t k = 0; k < columns; ++k) {
        if (reached[k]) continue;
        const double through = walked + cost[row * columns + k] - row_potential[row] - column_potential[k];
        if (through < distance[k]) {
          distance[k] = through;
          before[k] = last;
        }
        if (nearest == kNone || distance[k] < distance[nearest]) nearest = k;
      }
      TL_CHECK(nearest != kNone && distance[nearest] < kFar, "[assignment] a row has no finite cost");
      reached[nearest] = 1;
      walked = distance[nearest];
      if (owner[nearest] == kNone) break;
      row = owner[nearest];
      last = nearest;
    }
    row_potential[entering] += walked;
    for (int64_t k = 0; k < columns; ++k) {
      if (!reached[k] || owner[k] == kNone) continue;
      row_potential[owner[k]] += walked - distance[k];
      column_potential[k] -= walked - distance[k];
    }
    for (int64_t k = nearest; k != kNone; k = before[k]) owner[k] = before[k] == kNone ? entering : owner[before[k]];
  }
  std::vector<int64_t> column_of(rows);
  for (int64_t k = 0; k < columns; ++k) {
    if (owner[k] != kNone) column_of[owner[k]] = k;
  }
  return column_of;
}

}  // namespace tagloom
