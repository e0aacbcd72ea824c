#include "tools/library/xmp/packet_edit.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/library/xmp/exiv2_packet.h"

namespace tagloom {
namespace {

constexpr KeywordField kXmpFields[] = {KeywordField::kDc, KeywordField::kLr, KeywordField::kDigikam};

// Drops empty fields and sorts the texts, because Exiv2 reorders alternatives by language.
KeywordsByField in_order(KeywordsByField keywords) {
  std::erase_if(keywords, [](const auto& entry) { return entry.second.empty(); });
  for (auto& [field, texts] : keywords) std::ranges::sort(texts);
  return keywords;
}

KeywordsByField keywords_in(const ItemsByField& items) {
  KeywordsByField keywords;
  for (const auto& [field, list] : items) {
    for (const XmpItem& item : list) {
      if (!trimmed(item.text).empty()) keywords[field].push_back(trimmed(item.text));
    }
  }
  return in_order(keywords);
}

std::string rest_of(const XmpDocument& document) {
  std::vector<XmpName> properties;
  for (const KeywordField field : kXmpFields) properties.push_back(xmp_name_of(field));
  return document.rest(properties, kTagloomNamespace);
}

// Returns the first property whose value differs.
std::string changed_property(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after) {
  for (const auto& [key, value] : before) {
    const auto found = after.find(key);
    if (found == after.end() || found->second != value) return key;
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) return key;
  }
  return "";
}

}  // namespace

ItemsByField items_of(const XmpDocument& document) {
  ItemsByField items;
  for (const KeywordField field : kXmpFields) items[field] = document.items(xmp_name_of(field));
  return items;
}

PacketEdit edit_packet(const std::string& before, const KeywordRequest& request, const std::string& name,
                       const std::optional<std::vector<XmpItem>>& iptc) {
  XmpDocument document = before.empty() ? XmpDocument() : XmpDocument(before, name);
  if (!before.empty() && document.is_utf8()) meaning_of(before, name);  // throws if it is not well-formed
  const PacketMeaning old_meaning = before.empty() ? PacketMeaning() : meaning_of(document.utf8(), name);
  ItemsByField items = items_of(document);
  TL_CHECK_AS(ErrorKind::kData, keywords_in(items) == in_order(old_meaning.keywords),
              "{}: left unchanged: Exiv2 and pugixml read different keywords from it", name);
  if (iptc) items[KeywordField::kIptc] = *iptc;
  const MachineTags old_record = machine_tags_of(document);
  PacketEdit edit{plan_keywords(items, old_record, request), before};
  if (!edit.plan.changes) return edit;
  const std::string old_rest = rest_of(document);
  KeywordsByField expected = keywords_in(items_of(document));
  for (const KeywordField field : kXmpFields) {
    for (const size_t index : edit.plan.removed[field]) {
      const auto found = std::ranges::find(expected[field], trimmed(items[field][index].text));
      if (found != expected[field].end()) expected[field].erase(found);
      document.remove(xmp_name_of(field), index);
    }
    for (const std::string& keyword : edit.plan.added[field]) {
      document.add(xmp_name_of(field), keyword);
      expected[field].push_back(keyword);
    }
  }
  if (before.empty()) edit.plan.record.created = true;
  record(document, edit.plan.record);
  edit.packet = document.text();

  const XmpDocument read_back(edit.packet, name);
  if (read_back.is_utf8()) meaning_of(edit.packet, name);  // throws if it is not well-formed
  const PacketMeaning new_meaning = meaning_of(read_back.utf8(), name);
  const std::string changed = changed_property(old_meaning.others, new_meaning.others);
  TL_CHECK_AS(ErrorKind::kData, changed.empty(), "{}: left unchanged: the edit would change {}", name, changed);
  TL_CHECK_AS(ErrorKind::kData, rest_of(read_back) == old_rest, "{}: left unchanged: the edit would change more than keywords",
              name);
  TL_CHECK_AS(ErrorKind::kData,
              in_order(new_meaning.keywords) == in_order(expected) && keywords_in(items_of(read_back)) == in_order(expected),
              "{}: left unchanged: a keyword cannot be written in XMP", name);
  if (request.undo && old_record.created && document.is_empty()) edit.packet.clear();
  return edit;
}

}  // namespace tagloom
