#pragma once
// Reads a suite: the systems that are compared on one dataset, and their tables. A TOML file:
//
//   name = "corel5k"                    # in the markers around the tables of a page
//   title = "Corel5k"
//   seeds = 3                           # train.seed = 1, 2, 3
//   set = { data.validation_fraction = 0, train.best_by = "loss" }     # for every system
//
//   [[table]]
//   name = "exactly_5"
//   title = "Exactly 5 tags per picture"
//   set = { decode.selection = "top_k", decode.top_k = 5 }             # for the evaluation
//   columns = ["p_label", "r_label", "f1_label", "n_plus"]             # keys of tageval --json
//
//   [[row]]
//   name = "multi_order"                # also the folder of its runs
//   title = "multi-order (Dutta et al. 2020)"
//   group = "recurrent"                 # the tables list rows by group
//   config = "../corel5k_multi_order.toml"                             # relative to the suite file's folder
//   set = { model.mask = "cumulative" }
//   seeds = 1                           # for a model that does not depend on the seed
//   tables = ["exactly_5"]              # default: all
//
//   [[row]]                             # the same weights with another decoding
//   name = "rank_greedy"
//   run_of = "rank"
//   set = { decode.method = "greedy" }
//
//   [[row.published]]                   # printed below the row; a row without config and run_of has only these
//   source = "Dutta et al. 2020"
//   differs = "VGG-16"
//   exactly_5 = { p_label = 0.32 }
#include <map>
#include <string>
#include <vector>

namespace tagloom {

struct SuiteTable {
  std::string name, title;
  std::vector<std::string> set;  // such as "decode.top_k=5", in the form of --set
  std::vector<std::string> columns;
};

struct PublishedFigures {
  std::string source, differs;
  std::map<std::string, std::map<std::string, double>> figures;  // [table][column]
};

struct SuiteRow {
  std::string name, title, group;
  std::string config;  // path of the configuration to train
  std::string run_of;  // without config: the row whose runs are evaluated with `set`; both empty: published figures only
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

  const SuiteRow& row(const std::string& name) const;  // requires that it exists
};

// Throws Error(kUsage) with line and column if the contents are invalid, Error(kData) if the file cannot be read. Does not open the
// configurations.
Suite read_suite(const std::string& path);

}  // namespace tagloom
