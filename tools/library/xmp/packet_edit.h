#pragma once
// Edits the keywords of an XMP packet, and rejects the edit if anything else would change.
#include <optional>
#include <string>
#include <vector>

#include "tools/library/keyword_plan.h"

namespace tagloom {

// The keywords of every XMP field.
ItemsByField items_of(const XmpDocument& document);

struct PacketEdit {
  KeywordPlan plan;
  std::string
      packet;  // the new packet; empty if Tagloom created it and no property is left; the old one if the plan changes nothing
};

// `before` is empty if there is no packet yet. `iptc` contains the IPTC keywords of a picture file whose format supports them; the plan
// includes them, and the caller writes them. Messages begin with `name`. Throws Error(kData) unless pugixml and Exiv2 both read the packet
// and find the same keywords, or if the new packet differs from the old one in anything but keywords and Tagloom's record.
PacketEdit edit_packet(const std::string& before, const KeywordRequest& request, const std::string& name,
                       const std::optional<std::vector<XmpItem>>& iptc = {});

}  // namespace tagloom
