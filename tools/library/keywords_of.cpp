#include "tools/library/keywords_of.h"

#include <algorithm>
#include <functional>
#include <set>

#include "kernels/base/error.h"
#include "tools/library/embedded.h"
#include "tools/library/problem_of.h"
#include "tools/library/sidecar.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom {
namespace {

void add_keywords(const ItemsByField& items, const MachineTags& record, bool embedded, PictureKeywords& found) {
  for (const auto& [field, list] : items) {
    std::set<std::string> seen;
    for (const XmpItem& item : list) {
      const std::string text = trimmed(item.text);
      if (text.empty() || !seen.insert(text).second) continue;
      found.keywords.push_back({text, field, embedded, record.has_written(field, text)});
    }
  }
  if (found.model.empty()) found.model = record.model;
  if (embedded) found.embedded_model = record.model;
}

}  // namespace

PictureKeywords keywords_of(const std::string& picture) {
  PictureKeywords found;
  const auto add_from = [&](const std::function<void()>& read) {
    if (const std::string problem = problem_of(read); !problem.empty()) found.problems.push_back(problem);
  };
  std::vector<std::string> sidecars;
  add_from([&] { sidecars = sidecars_of(picture); });
  for (const std::string& path : sidecars) {
    add_from([&] {
      const XmpDocument document(read_sidecar(path), path);
      add_keywords(items_of(document), machine_tags_of(document), false, found);
    });
  }
  add_from([&] {
    const EmbeddedKeywords embedded = embedded_keywords(picture);
    add_keywords(embedded.items, embedded.record, true, found);
  });
  return found;
}

KeywordsByField rejected_in(const ItemsByField& items, const MachineTags& record) {
  KeywordsByField rejected = record.rejected;
  for (const auto& [field, keywords] : record.written) {
    const auto list = items.find(field);
    for (const std::string& keyword : keywords) {
      const auto is_keyword = [&](const XmpItem& item) { return trimmed(item.text) == keyword; };
      if (list == items.end() || std::ranges::none_of(list->second, is_keyword)) rejected[field].push_back(keyword);
    }
  }
  return rejected;
}

KeywordsByField rejected_in_sidecars(const std::string& picture, const std::string& except) {
  KeywordsByField rejected;
  problem_of([&] {
    for (const std::string& path : sidecars_of(picture)) {
      if (path == except) continue;
      problem_of([&] {
        const XmpDocument document(read_sidecar(path), path);
        for (const auto& [field, keywords] : rejected_in(items_of(document), machine_tags_of(document)))
          rejected[field].insert(rejected[field].end(), keywords.begin(), keywords.end());
      });
    }
  });
  return rejected;
}

}  // namespace tagloom
