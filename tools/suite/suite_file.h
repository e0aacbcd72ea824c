#pragma once
// A suite: the systems that are compared on one dataset, and the tables in which they are. A TOML file:
//
//   name = "corel5k"                    # of the markers between which the tables stand in a page
//   title = "Corel5k"
//   seeds = 3                           # train.seed = 1, 2, 3
//   set = { data.validation_fraction = 0, train.best_by = "loss" }     # for every system
//
//   [[table]]
//   name = "exactly_5"
//   title = "Exactly 5 tags a picture"
//   set = { decode.selection = "top_k", decode.top_k = 5 }             # of the evaluation
//   columns = ["p_label", "r_label", "f1_label", "n_plus"]             # keys of tageval --json
//
//   [[row]]
//   name = "multi_order"                # the folder of its runs
//   title = "multi-order (Dutta et al. 2020)"
//   group = "recurrent"                 # rows of a group stand together
//   config = "../corel5k_multi_order.toml"                             # from the suite file's folder
//   set = { model.mask = "cumulative" }
//   seeds = 1                           # of a fit that no seed changes
//   tables = ["exactly_5"]              # all where this is left out
//
//   [[row]]                             # the same weights, decoded in another way
//   name = "rank_greedy"
//   run_of = "rank"
//   set = { decode.method = "greedy" }
//
//   [[row.published]]                   # beside the row; a row without config and run_of has nothing else
//   source = "Dutta et al. 2020"
//   differs = "VGG-16"
//   exactly_5 = { p_label = 0.32 }
#include <map>
#include <string>
#include <vector>

namespace tagloom {

struct SuiteTable {
  std::string name, title;
  std::vector<std::string> set;  // "decode.top_k=5", as --set takes it
  std::vector<std::string> columns;
};

struct PublishedFigures {
  std::string source, differs;
  std::map<std::string, std::map<std::string, double>> figures;  // of a table, of a column
};

struct SuiteRow {
  std::string name, title, group;
  std::string config;  // a path; or, where this is empty, ...
  std::string run_of;  // ... the row whose runs are evaluated in another way; both empty: published figures only
  std::vector<std::string> set;
  int64_t seeds = 0;
  std::vector<std::string> tables;
  std::vector<PublishedFigures> published;

  bool trains() const { return !config.empty(); }
};

struct Suite {
  std::string path, name, title;
  int64_t seeds = 3;
  std::vector<std::string> set;
  std::vector<SuiteTable> tables;
  std::vector<SuiteRow> rows;

  const SuiteRow& row(const std::string& name) const;  // it must be there
};

// Throws Error(kUsage) with line and column for what does not belong in a suite, Error(kData) where it cannot be read. The
// configurations that it names are not opened.
Suite read_suite(const std::string& path);

}  // namespace tagloom
