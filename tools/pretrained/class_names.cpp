#include "tools/pretrained/class_names.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "engine/core/counted.h"
#include "engine/core/parse_number.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/pretrained/class_index.h"

namespace tagloom {
namespace {

constexpr size_t kSynsetLength = 9;  // n01440764

bool starts_with_synset(std::string_view line) {
  if (line.size() < kSynsetLength || line[0] != 'n') return false;
  const bool digits =
      std::ranges::all_of(line.substr(1, kSynsetLength - 1), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits &&
         (line.size() == kSynsetLength || std::string_view(" \t,:").find(line[kSynsetLength]) != std::string_view::npos);
}

std::string_view without_separator(std::string_view text) {
  return trim(text.substr(std::min(text.find_first_not_of(" \t,:"), text.size())));
}

// The number that the line begins with, and the rest; empty if there is none.
std::optional<std::pair<int64_t, std::string_view>> numbered(std::string_view line) {
  const size_t end = std::min(line.find_first_not_of("0123456789"), line.size());
  if (end == 0 || end > 6 || end == line.size() || std::string_view(" \t,:").find(line[end]) == std::string_view::npos) return {};
  return std::pair(parse_integer(line.substr(0, end)).value_or(-1), without_separator(line.substr(end)));
}

ClassIndex synset_lines(const std::vector<std::string_view>& lines, const std::string& name) {
  ClassIndex index{"a list of synsets with names"};
  for (const std::string_view line : lines) {
    std::string_view rest = without_separator(line.substr(kSynsetLength));
    if (const auto number = numbered(rest)) rest = number->second;  // the number of the class in ILSVRC's own order
    TL_CHECK_AS(ErrorKind::kData, !rest.empty(),
                "{}: lists synsets without names: give synset_words.txt, or another file with both", name);
    index.classes.push_back({std::string(line.substr(0, kSynsetLength)), std::string(rest)});
  }
  const auto by_synset = [](const ClassEntry& a, const ClassEntry& b) { return a.synset < b.synset; };
  if (!std::ranges::is_sorted(index.classes, by_synset)) {
    std::ranges::stable_sort(index.classes, by_synset);
    index.notes.push_back("the classes were sorted by synset, the order of ImageNet's networks");
  }
  return index;
}

ClassIndex plain_lines(const std::vector<std::string_view>& lines) {
  ClassIndex index;
  for (const int64_t first : {0, 1}) {
    index = {"a numbered list"};
    for (const std::string_view line : lines) {
      const auto number = numbered(line);
      if (!number || number->first != first + static_cast<int64_t>(index.classes.size()) || number->second.empty()) break;
      index.classes.push_back({"", std::string(number->second)});
    }
    if (index.classes.size() == lines.size()) return index;
  }
  index = {"a list of names"};
  for (const std::string_view line : lines) index.classes.push_back({"", std::string(line)});
  return index;
}

ClassIndex text_index(std::string_view text, const std::string& name) {
  std::vector<std::string_view> lines;
  for (TextLines in(text, name); in.next();) {
    if (!trim(in.line()).empty()) lines.push_back(trim(in.line()));
  }
  return !lines.empty() && std::ranges::all_of(lines, starts_with_synset) ? synset_lines(lines, name) : plain_lines(lines);
}

std::vector<std::string> synonyms_of(const std::string& text) {
  std::vector<std::string> synonyms;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string_view synonym = trim(std::string_view(text).substr(at, end - at));
    if (!synonym.empty()) synonyms.emplace_back(synonym);
    at = end + 1;
  }
  return synonyms;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

using Synonyms = std::vector<std::vector<std::string>>;
using ClassGroup = std::vector<size_t>;  // classes whose names differ at most in capitals

// What distinguishes the classes of a group: their second synonyms, unless two are equal or one is another class's name; otherwise synsets,
// or numbers.
std::vector<std::string> additions(const ClassGroup& group, const Synonyms& synonyms, const ClassIndex& index,
                                   const std::map<std::string, ClassGroup>& groups) {
  std::map<std::string, int64_t> uses;
  const auto second = [&](size_t i) { return synonyms[i].size() > 1 ? lower_case(synonyms[i][1]) : ""; };
  for (const size_t i : group) {
    ++uses[second(i)];
    ++uses[index.classes[i].synset];
  }
  std::vector<std::string> added;
  for (const size_t i : group) {
    const std::string& synset = index.classes[i].synset;
    const bool distinct = !second(i).empty() && !groups.contains(second(i)) && uses[second(i)] == 1;
    added.push_back(distinct ? synonyms[i][1] : !synset.empty() && uses[synset] == 1 ? synset : "class " + std::to_string(i));
  }
  return added;
}

}  // namespace

ClassNames parse_class_names(std::string_view text, const std::string& name) {
  text = without_byte_order_mark(text);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  TL_CHECK_AS(ErrorKind::kData, begin != text.npos, "{}: has no names of classes", name);
  const bool braces = text[begin] == '{' || text[begin] == '[';
  ClassIndex index = braces ? class_index_from_braces(text, name) : text_index(text, name);
  ClassNames classes{{}, index.form, index.notes};
  Synonyms synonyms;
  std::map<std::string, ClassGroup> groups;
  for (const ClassEntry& entry : index.classes) {
    check_text(entry.text, name);
    synonyms.push_back(synonyms_of(entry.text));
    const size_t number = synonyms.size() - 1;
    TL_CHECK_AS(ErrorKind::kData, !synonyms.back().empty(), "{}: class {} has no name", name, number);
    classes.names.push_back(synonyms.back().front());
    groups[lower_case(classes.names.back())].push_back(number);
  }
  for (const auto& [shared, group] : groups) {
    if (group.size() < 2) continue;
    const std::vector<std::string> added = additions(group, synonyms, index, groups);
    std::string listed;
    for (size_t i = 0; i < group.size(); ++i) {
      std::string& changed = classes.names[group[i]];
      changed += " (" + added[i] + ")";
      listed += (i == 0 ? "\"" : i + 1 == group.size() ? "\" and \"" : "\", \"") + changed;
    }
    classes.notes.push_back(format("{} classes are called \"{}\": they become {}\"", group.size(), shared, listed));
  }
  std::map<std::string, size_t> numbers;
  for (size_t i = 0; i < classes.names.size(); ++i) {
    const auto [at, is_new] = numbers.emplace(classes.names[i], i);
    TL_CHECK_AS(ErrorKind::kData, is_new, "{}: classes {} and {} are both called \"{}\": rename one of them", name, at->second, i,
                classes.names[i]);
  }
  return classes;
}

ClassNames read_class_names(const std::string& path) { return parse_class_names(read_text_or_pipe(path), path); }

void fit_to_outputs(ClassNames& classes, int64_t outputs, const std::string& path, const std::string& weights) {
  const auto count = static_cast<int64_t>(classes.names.size());
  if (count == outputs + 1 && lower_case(classes.names.front()) == "background") {
    classes.names.erase(classes.names.begin());
    classes.notes.emplace_back("the first class, background, was left out, because the classifier has none");
    return;
  }
  TL_CHECK_AS(ErrorKind::kData, count == outputs,
              "{}: has {}, but the classifier of {} has {}: give a file with the names of its classes", path,
              counted(count, "class", "classes"), weights, outputs);
}

}  // namespace tagloom
