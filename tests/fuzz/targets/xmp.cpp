// A new sidecar with any tags that a vocabulary may have is unchanged by a second write and removed by undo.
#include "engine/data/vocabulary.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/property.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom::fuzz {

void xmp(Input input) {
  KeywordRequest request;
  const Vocabulary vocabulary = Vocabulary::load(path_of(input));
  for (const std::string& tag : vocabulary.names()) request.tags.push_back({tag, 0.5f});
  const std::string sidecar = edit_packet("", request, "fuzz.xmp").packet;
  const PacketEdit again = accepted([&] { return edit_packet(sidecar, request, "fuzz.xmp"); });
  require(!again.plan.changes, "writing again changes a sidecar", sidecar);
  const PacketEdit undone = accepted([&] { return edit_packet(sidecar, {.undo = true}, "fuzz.xmp"); });
  require(undone.packet.empty(), "undo does not empty the sidecar", undone.packet);
}

}  // namespace tagloom::fuzz
