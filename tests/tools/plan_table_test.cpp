#include "tools/command_line/plan_table.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(PlanTable, AlignsGroupsNamesAndValues) {
  EXPECT_EQ(plan_table({{"Data", {{"training", "4,050 pictures"}, {"tags", "260"}}}, {"Modèle", {{"kind", "rank"}}}}),
            "  data    training  4,050 pictures\n"
            "          tags      260\n"
            "  modèle  kind      rank\n");
  EXPECT_EQ(plan_table({}), "");
}

}  // namespace
}  // namespace tagloom
