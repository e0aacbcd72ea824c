#include "tools/library/keywords_of.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/library/embedded.h"
#include "tools/library/sidecar.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom {
namespace {

void add_keywords(const ItemsByField& items, const MachineTags& record, bool embedded, PictureKeywords& found) {
  for (const auto& [field, list] : items) {
    std::vector<std::string> seen;
    for (const XmpItem& item : list) {
      const std::string text = trimmed(item.text);
      if (text.empty() || std::ranges::find(seen, text) != seen.end()) continue;
      seen.push_back(text);
      found.keywords.push_back({text, field, embedded, record.has_written(field, text)});
    }
  }
  if (found.model.empty()) found.model = record.model;
}

}  // namespace

PictureKeywords keywords_of(const std::string& picture) {
  PictureKeywords found;
  const auto add_from = [&](const auto& read) {
    try {
      read();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      found.problems.emplace_back(error.what());
    }
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

}  // namespace tagloom
