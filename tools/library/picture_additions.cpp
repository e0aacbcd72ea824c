#include "tools/library/picture_additions.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/library/xmp/exiv2_packet.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom {
namespace {

constexpr XmpName kCopied{kTagloomNamespace, kTagloomPrefix, "CopiedFromIptc"};
constexpr XmpName kDeclaredUtf8{kTagloomNamespace, kTagloomPrefix, "DeclaredUtf8"};

bool includes(const std::vector<std::string>& texts, const std::string& text) {
  return std::ranges::find(texts, text) != texts.end();
}

std::vector<std::string> trimmed_texts(const std::vector<XmpItem>& items) {
  std::vector<std::string> texts;
  for (const XmpItem& item : items) {
    const std::string text = trimmed(item.text);
    if (!text.empty() && !includes(texts, text)) texts.push_back(text);
  }
  return texts;
}

XmpDocument document_of(const std::string& packet, const std::string& name) {
  return packet.empty() ? XmpDocument() : XmpDocument(packet, name);
}

std::string rest_of_packet(const std::string& packet, const std::string& name) {
  return document_of(packet, name)
      .rest({xmp_name_of(KeywordField::kDc), xmp_name_of(KeywordField::kLr), xmp_name_of(KeywordField::kDigikam)},
            kTagloomNamespace);
}

void remove_all(XmpDocument& document, const XmpName& property) {
  for (size_t i = document.items(property).size(); i > 0; --i) document.remove(property, i - 1);
}

bool wants_dc(const KeywordRequest& request) {
  return !request.tags.empty() && std::ranges::find(request.fields, KeywordField::kDc) != request.fields.end();
}

}  // namespace

PictureAdditions additions_of(const XmpDocument& document) {
  return {trimmed_texts(document.items(kCopied)), !document.items(kDeclaredUtf8).empty()};
}

std::string with_copies(const std::string& packet, const std::vector<XmpItem>& iptc, const KeywordRequest& request,
                        PictureAdditions& additions, const std::string& name) {
  const XmpName subject = xmp_name_of(KeywordField::kDc);
  XmpDocument document = document_of(packet, name);
  MachineTags before = machine_tags_of(document);
  ItemsByField items = items_of(document);
  items[KeywordField::kIptc] = iptc;
  KeywordPlan plan = plan_keywords(items, before, request);
  const std::vector<XmpItem>& present = items[KeywordField::kDc];
  const std::vector<std::string> in_iptc = trimmed_texts(iptc);

  if (trimmed_texts(present).empty() && !plan.added[KeywordField::kDc].empty()) {
    for (const std::string& keyword : in_iptc) {
      if (before.has_written(KeywordField::kIptc, keyword)) continue;
      TL_CHECK_AS(ErrorKind::kData, find_invalid_utf8(keyword) == keyword.npos,
                  "{}: left unchanged: an IPTC keyword is not text in its character set", name);
      document.add(subject, keyword);
      additions.copied.push_back(keyword);
    }
    if (additions.copied.empty()) return packet;
    if (packet.empty()) {
      before.created = true;
      record(document, before);
    }
    return document.text();
  }

  if (additions.copied.empty() || (wants_dc(request) && !request.undo)) return packet;
  const std::vector<size_t>& removed = plan.removed[KeywordField::kDc];
  const std::vector<std::string> copied = additions.copied;
  if (request.undo) additions.copied.clear();
  std::vector<size_t> copies;
  for (size_t i = present.size(); i > 0; --i) {
    const std::string keyword = trimmed(present[i - 1].text);
    if (std::ranges::find(removed, i - 1) != removed.end()) continue;
    if (!includes(copied, keyword) || !includes(in_iptc, keyword)) return packet;
    copies.push_back(i - 1);
  }
  for (const size_t index : copies) document.remove(subject, index);
  additions.copied.clear();
  return copies.empty() ? packet : document.text();
}

std::string with_additions(const std::string& packet, const PictureAdditions& additions, const std::string& before,
                           const std::string& name) {
  std::string after = packet;
  if (!packet.empty()) {
    XmpDocument document(packet, name);
    const std::vector<std::string> subject = trimmed_texts(document.items(xmp_name_of(KeywordField::kDc)));
    remove_all(document, kCopied);
    remove_all(document, kDeclaredUtf8);
    for (const std::string& keyword : additions.copied) {
      if (includes(subject, keyword)) document.add(kCopied, keyword);
    }
    if (additions.declared_utf8) document.add(kDeclaredUtf8, "True");
    after = document.text();
  }
  const auto others = [&](const std::string& text) {
    return text.empty() ? PacketMeaning().others : meaning_of(XmpDocument(text, name).utf8(), name).others;
  };
  TL_CHECK_AS(ErrorKind::kData, rest_of_packet(after, name) == rest_of_packet(before, name) && others(after) == others(before),
              "{}: left unchanged: the edit would change more than keywords", name);
  return after;
}

}  // namespace tagloom
