// Parses and validates a suite file.
#include "tools/suite/suite_file.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "engine/core/closest_match.h"
#include "kernels/base/error.h"
#include "tools/command_line/config.h"

namespace tagloom {
namespace {

using Kind = TomlNode::Kind;

std::string text_in(const TomlNode& node) {
  const std::string* text = node.kind == Kind::kValue ? std::get_if<std::string>(&node.value) : nullptr;
  TL_CHECK(text != nullptr, "{}: {} takes a string", node.where, node.key.empty() ? "this list" : node.key);
  return *text;
}

// Names are used for folders and columns, so they have only letters, digits, _ and -.
std::string name_in(const TomlNode& node) {
  std::string name = text_in(node);
  const bool good = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                                         std::string::npos;
  TL_CHECK(good, "{}: the name \"{}\" may have only letters, digits, _ and -", node.where, name);
  return name;
}

int64_t seeds_in(const TomlNode& node) {
  const int64_t* count = node.kind == Kind::kValue ? std::get_if<int64_t>(&node.value) : nullptr;
  TL_CHECK(count != nullptr && *count >= 1 && *count <= 1000, "{}: seeds takes an integer, 1 to 1000", node.where);
  return *count;
}

std::vector<std::string> texts_in(const TomlNode& node) {
  TL_CHECK(node.kind == Kind::kList, "{}: {} takes a list of strings", node.where, node.key);
  std::vector<std::string> texts;
  for (const TomlNode& element : node.nodes) texts.push_back(text_in(element));
  return texts;
}

std::string value_as_text(const TomlNode& node) {
  if (node.kind == Kind::kList) {
    std::string text;
    for (const TomlNode& element : node.nodes) text.append(text.empty() ? "" : ",").append(value_as_text(element));
    return "[" + text + "]";
  }
  const std::string* text = std::get_if<std::string>(&node.value);
  return text != nullptr ? *text : value_text(node.value);
}

// Turns { decode = { top_k = 5 } } into "decode.top_k=5". Checks each value here, where its line and column are available.
void assignments_in(const TomlNode& node, const std::string& prefix, std::vector<std::string>& out) {
  TL_CHECK(node.kind == Kind::kTable, "{}: {} takes settings, as in {} = {{ train.epochs = 10 }}", node.where, node.key,
           node.key);
  for (const TomlNode& inner : node.nodes) {
    const std::string key = prefix + inner.key;
    if (inner.kind == Kind::kTable) {
      assignments_in(inner, key + ".", out);
      continue;
    }
    const std::string text = value_as_text(inner);
    assignment_from_text(key, text, inner.where);
    TL_CHECK(key != "train.seed", "{}: the suite sets train.seed; give the number of seeds with seeds", inner.where);
    out.push_back(key + "=" + text);
  }
}

std::vector<std::string> set_in(const TomlNode& node) {
  std::vector<std::string> out;
  assignments_in(node, "", out);
  return out;
}

using Reader = std::function<void(const TomlNode&)>;

void read_table(const TomlNode& table, const std::map<std::string, Reader>& readers, const Reader& other = nullptr) {
  TL_CHECK(table.kind == Kind::kTable, "{}: write {} as [[{}]]", table.where, table.key, table.key);
  for (const TomlNode& node : table.nodes) {
    const auto reader = readers.find(node.key);
    if (reader != readers.end()) {
      reader->second(node);
    } else if (other) {
      other(node);
    } else {
      std::vector<std::string> known;
      for (const auto& [key, unused] : readers) known.push_back(key);
      fail(ErrorKind::kUsage, "{}: unknown key \"{}\"{}", node.where, node.key, did_you_mean(node.key, known));
    }
  }
}

void for_each(const TomlNode& node, const Reader& read) {
  TL_CHECK(node.kind == Kind::kList, "{}: write {} as [[{}]]", node.where, node.key, node.key);
  for (const TomlNode& element : node.nodes) read(element);
}

void check_metric(const std::string& name, const std::string& where) {
  const std::vector<std::string>& known = setting_table().find("train.best_by")->choices;
  TL_CHECK(name != "loss" && std::find(known.begin(), known.end(), name) != known.end(), "{}: there is no metric \"{}\"{}", where,
           name, did_you_mean(name, known));
}

class SuiteReader {
 public:
  Suite read(const std::string& path) {
    suite_.path = path;
    const TomlNode root = read_toml(path, "a suite");
    read_table(root, {{"name", [&](const TomlNode& n) { suite_.name = name_in(n); }},
                      {"title", [&](const TomlNode& n) { suite_.title = text_in(n); }},
                      {"seeds", [&](const TomlNode& n) { suite_.seeds = seeds_in(n); }},
                      {"set", [&](const TomlNode& n) { suite_.set = set_in(n); }},
                      {"table", [&](const TomlNode& n) { for_each(n, [&](const TomlNode& t) { add_table(t); }); }},
                      {"row", [](const TomlNode&) {}}});
    for (const TomlNode& node : root.nodes) {  // after the tables, because rows refer to them
      if (node.key == "row") for_each(node, [&](const TomlNode& row) { add_row(row); });
    }
    TL_CHECK(!suite_.name.empty() && !suite_.tables.empty() && !suite_.rows.empty(),
             "{}: a suite needs a name, at least one [[table]] and at least one [[row]]", path);
    if (suite_.title.empty()) suite_.title = suite_.name;
    for (const SuiteRow& row : suite_.rows) {
      if (row.run_of.empty()) continue;
      const auto of =
          std::find_if(suite_.rows.begin(), suite_.rows.end(), [&](const SuiteRow& r) { return r.name == row.run_of; });
      TL_CHECK(of != suite_.rows.end() && of->trains(),
               "{}: row \"{}\" has run_of = \"{}\", but there is no such row with a config", path, row.name, row.run_of);
    }
    for (SuiteRow& row : suite_.rows) {
      if (row.seeds == 0) row.seeds = suite_.seeds;
    }
    for (SuiteRow& row : suite_.rows) {
      if (!row.run_of.empty()) row.seeds = suite_.row(row.run_of).seeds;
    }
    return std::move(suite_);
  }

 private:
  void add_table(const TomlNode& node) {
    SuiteTable table;
    read_table(node, {{"name", [&](const TomlNode& n) { table.name = name_in(n); }},
                      {"title", [&](const TomlNode& n) { table.title = text_in(n); }},
                      {"set", [&](const TomlNode& n) { table.set = set_in(n); }},
                      {"columns", [&](const TomlNode& n) {
                         table.columns = texts_in(n);
                         for (const std::string& column : table.columns) check_metric(column, n.where);
                       }}});
    TL_CHECK(!table.name.empty() && !table.columns.empty(), "{}: a [[table]] needs a name and columns", node.where);
    if (table.title.empty()) table.title = table.name;
    suite_.tables.push_back(std::move(table));
  }

  const SuiteTable& table_named(const std::string& name, const std::string& where) const {
    std::vector<std::string> known;
    for (const SuiteTable& table : suite_.tables) {
      if (table.name == name) return table;
      known.push_back(table.name);
    }
    fail(ErrorKind::kUsage, "{}: there is no table \"{}\"{}", where, name, did_you_mean(name, known));
  }

  PublishedFigures published_in(const TomlNode& node) const {
    PublishedFigures published;
    const auto figures = [&](const TomlNode& table) {
      table_named(table.key, table.where);
      TL_CHECK(table.kind == Kind::kTable, "{}: {} takes figures, as in {} = {{ f1_label = 0.35 }}", table.where, table.key,
               table.key);
      for (const TomlNode& figure : table.nodes) {
        check_metric(figure.key, figure.where);
        const double* real = std::get_if<double>(&figure.value);
        const int64_t* whole = std::get_if<int64_t>(&figure.value);
        TL_CHECK(figure.kind == Kind::kValue && (real != nullptr || whole != nullptr), "{}: {} takes a number", figure.where,
                 figure.key);
        published.figures[table.key][figure.key] = real != nullptr ? *real : static_cast<double>(*whole);
      }
    };
    read_table(node,
               {{"source", [&](const TomlNode& n) { published.source = text_in(n); }},
                {"differs", [&](const TomlNode& n) { published.differs = text_in(n); }}},
               figures);
    TL_CHECK(!published.source.empty(), "{}: published figures need a source", node.where);
    return published;
  }

  void add_row(const TomlNode& node) {
    SuiteRow row;
    const std::filesystem::path folder = std::filesystem::path(suite_.path).parent_path();
    read_table(node, {{"name", [&](const TomlNode& n) { row.name = name_in(n); }},
                      {"title", [&](const TomlNode& n) { row.title = text_in(n); }},
                      {"group", [&](const TomlNode& n) { row.group = text_in(n); }},
                      {"config", [&](const TomlNode& n) { row.config = (folder / text_in(n)).lexically_normal().string(); }},
                      {"run_of", [&](const TomlNode& n) { row.run_of = text_in(n); }},
                      {"set", [&](const TomlNode& n) { row.set = set_in(n); }},
                      {"seeds", [&](const TomlNode& n) { row.seeds = seeds_in(n); }},
                      {"tables",
                       [&](const TomlNode& n) {
                         row.tables = texts_in(n);
                         for (const std::string& name : row.tables) table_named(name, n.where);
                       }},
                      {"published", [&](const TomlNode& n) {
                         for_each(n, [&](const TomlNode& p) { row.published.push_back(published_in(p)); });
                       }}});
    TL_CHECK(!row.name.empty(), "{}: a [[row]] needs a name", node.where);
    TL_CHECK(row.config.empty() || row.run_of.empty(), "{}: row \"{}\" has both config and run_of: give one of them", node.where,
             row.name);
    TL_CHECK(row.trains() || !row.run_of.empty() || !row.published.empty(),
             "{}: row \"{}\" needs config, run_of or published figures", node.where, row.name);
    for (const SuiteRow& other : suite_.rows) {
      TL_CHECK(other.name != row.name, "{}: two rows are named \"{}\"", node.where, row.name);
    }
    if (row.title.empty()) row.title = row.name;
    if (row.tables.empty()) {
      for (const SuiteTable& table : suite_.tables) row.tables.push_back(table.name);
    }
    suite_.rows.push_back(std::move(row));
  }

  Suite suite_;
};

}  // namespace

const SuiteRow& Suite::row(const std::string& name) const {
  for (const SuiteRow& row : rows) {
    if (row.name == name) return row;
  }
  fail(ErrorKind::kInternal, "[suite] there is no row {}", name);
}

Suite read_suite(const std::string& path) { return SuiteReader().read(path); }

}  // namespace tagloom
