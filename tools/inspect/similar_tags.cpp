#include "tools/inspect/similar_tags.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <set>

namespace tagloom {
namespace {

// The text in composed form (NFC), with case folded if asked. A text that is not UTF-8 stays as it is.
std::string in_unicode_form(const std::string& text, bool fold_case) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | (fold_case ? UTF8PROC_CASEFOLD : 0));
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(mapped, std::free);
  if (size < 0) return text;
  return {reinterpret_cast<const char*>(mapped), static_cast<size_t>(size)};
}

std::string joined_words(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '-' && c != '_') out += c;
  }
  return out.empty() ? text : out;
}

// What the tag is called if it is the plural of something.
std::vector<std::string> singulars_of(const std::string& plural) {
  constexpr size_t kLeast = 3;
  const std::pair<const char*, const char*> endings[] = {{"s", ""},    {"es", ""},    {"ies", "y"},
                                                         {"ves", "f"}, {"ves", "fe"}, {"men", "man"}};
  std::vector<std::string> singulars;
  for (const auto& [ending, singular] : endings) {
    if (!plural.ends_with(ending)) continue;
    std::string name = plural.substr(0, plural.size() - std::string_view(ending).size()) + singular;
    if (name.size() >= kLeast && !plural.ends_with("ss")) singulars.push_back(std::move(name));
  }
  return singulars;
}

struct TagForms {
  std::string unicode, folded, joined;
};

class TagSets {
 public:
  explicit TagSets(size_t count) : first_(count) { std::iota(first_.begin(), first_.end(), size_t{0}); }
  size_t first(size_t i) const {
    while (first_[i] != i) i = first_[i];
    return i;
  }
  void join(size_t a, size_t b) { first_[std::max(first(a), first(b))] = std::min(first(a), first(b)); }

 private:
  std::vector<size_t> first_;
};

std::string separators_in(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '-' || c == '_') out += c;
  }
  return out;
}

// In what the tags differ: that two become equal without it, or, as in "Dogs" and "dog", that only some have it.
std::vector<std::string> differences(const std::vector<size_t>& group, const std::vector<CountedTag>& tags,
                                     const std::vector<TagForms>& forms) {
  std::set<std::string> names, unicode, folded, joined, separators;
  std::set<bool> composed, lower;
  for (const size_t i : group) {
    names.insert(tags[i].name);
    unicode.insert(forms[i].unicode);
    folded.insert(forms[i].folded);
    joined.insert(forms[i].joined);
    separators.insert(separators_in(forms[i].folded));
    composed.insert(tags[i].name == forms[i].unicode);
    lower.insert(forms[i].unicode == forms[i].folded);
  }
  std::vector<std::string> differ;
  if (unicode.size() < names.size() || composed.size() > 1) differ.emplace_back("Unicode form");
  if (folded.size() < unicode.size() || lower.size() > 1) differ.emplace_back("case");
  if (joined.size() < folded.size() || separators.size() > 1) differ.emplace_back("separators");
  if (joined.size() > 1) differ.emplace_back("plural");
  return differ;
}

std::string rule_side(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

}  // namespace

std::vector<SimilarTags> similar_tags(const std::vector<CountedTag>& tags) {
  std::vector<TagForms> forms;
  std::map<std::string, size_t> known;  // joined form -> its first tag
  TagSets sets(tags.size());
  for (size_t i = 0; i < tags.size(); ++i) {
    TagForms form{in_unicode_form(tags[i].name, false), in_unicode_form(tags[i].name, true), ""};
    form.joined = joined_words(form.folded);
    const auto [at, added] = known.emplace(form.joined, i);
    if (!added) sets.join(at->second, i);
    forms.push_back(std::move(form));
  }
  for (const auto& [name, tag] : known) {
    for (const std::string& singular : singulars_of(name)) {
      if (const auto found = known.find(singular); found != known.end()) sets.join(found->second, tag);
    }
  }
  std::map<size_t, std::vector<size_t>> members;
  for (size_t i = 0; i < tags.size(); ++i) members[sets.first(i)].push_back(i);
  std::vector<SimilarTags> groups;
  for (const auto& [first, group] : members) {
    if (group.size() < 2) continue;
    SimilarTags similar{{}, differences(group, tags, forms)};
    for (const size_t i : group) similar.tags.push_back(tags[i]);
    std::sort(similar.tags.begin(), similar.tags.end(), [](const CountedTag& a, const CountedTag& b) {
      return std::tuple(-a.pictures, a.name) < std::tuple(-b.pictures, b.name);
    });
    groups.push_back(std::move(similar));
  }
  const auto pictures = [](const SimilarTags& group) {
    return std::accumulate(group.tags.begin(), group.tags.end(), int64_t{0},
                           [](int64_t sum, const CountedTag& tag) { return sum + tag.pictures; });
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const SimilarTags& a, const SimilarTags& b) { return pictures(a) > pictures(b); });
  return groups;
}

std::string rules_of(const std::vector<SimilarTags>& groups) {
  std::string text;
  for (const SimilarTags& group : groups) {
    for (size_t i = 1; i < group.tags.size(); ++i)
      text += rule_side(group.tags[i].name) + " = " + rule_side(group.tags[0].name) + "\n";
  }
  return text;
}

}  // namespace tagloom
