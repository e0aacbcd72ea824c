// Arbitrary bytes as a sidecar: refused, or edited so that undo restores the keywords.
#include "tests/fuzz/property.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom::fuzz {

namespace {

std::vector<std::string> texts_of_items(const std::string& packet) {
  std::vector<std::string> texts;
  for (const auto& [field, items] : items_of(XmpDocument(packet, "fuzz.xmp"))) {
    for (const XmpItem& item : items) {
      if (!trimmed(item.text).empty()) texts.push_back(format("{} {}", name_of(field), trimmed(item.text)));
    }
  }
  return texts;
}

}  // namespace

void sidecar(Input input) {
  const std::string before(text_of(input));
  if (before.empty()) return;
  KeywordRequest request{.tags = {{"dog", 0.5f}, {"Cat", 0.25f, {"Animals"}}}};
  request.fields = {KeywordField::kDc, KeywordField::kLr, KeywordField::kDigikam};
  const PacketEdit without_ours = edit_packet(before, {.undo = true}, "fuzz.xmp");
  if (without_ours.packet.empty()) return;
  const PacketEdit edit = edit_packet(without_ours.packet, request, "fuzz.xmp");
  const PacketEdit again = accepted([&] { return edit_packet(edit.packet, request, "fuzz.xmp"); });
  require(!again.plan.changes, "writing again changes a sidecar", edit.packet);
  const PacketEdit undone = accepted([&] { return edit_packet(edit.packet, {.undo = true}, "fuzz.xmp"); });
  require(texts_of_items(undone.packet) == texts_of_items(without_ours.packet), "undo does not restore the keywords",
          edit.packet);
}

}  // namespace tagloom::fuzz
