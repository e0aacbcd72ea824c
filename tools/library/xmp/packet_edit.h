#pragma once
// Edits the keywords of an XMP packet, and refuses the edit if anything else would change.
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

// `before` is empty if there is no packet yet. `iptc` has the IPTC keywords of a picture file that can hold some: they are planned, and the
// caller changes them. `name` begins messages. Throws Error(kData) if the packet cannot be read by both pugixml and Exiv2 with the
// same keywords, or if the new packet differs from the old one in anything but keywords and Tagloom's record.
PacketEdit edit_packet(const std::string& before, const KeywordRequest& request, const std::string& name,
                       const std::optional<std::vector<XmpItem>>& iptc = {});

}  // namespace tagloom
