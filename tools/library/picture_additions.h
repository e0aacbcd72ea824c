#pragma once
// What Tagloom adds to a picture file for readers of its keywords, besides its own keywords.
//
// Readers that follow the Metadata Working Group take the keywords from dc:subject and, only if there is none, from IPTC. A first keyword in
// dc:subject would hide those in IPTC, so they are copied to dc:subject. The copies are the user's, not Tagloom's: they stay as long as
// dc:subject has anything else, and are removed with the last other keyword. They are recorded for that next to Tagloom's keywords:
//
//   tagloom:CopiedFromIptc       a Bag of the keywords copied to dc:subject
//   tagloom:DeclaredUtf8         "True" if Tagloom declared the character set of the IPTC data
#include <string>
#include <vector>

#include "tools/library/keyword_plan.h"

namespace tagloom {

struct PictureAdditions {
  std::vector<std::string> copied;
  bool declared_utf8 = false;
  bool operator==(const PictureAdditions&) const = default;
};

PictureAdditions additions_of(const XmpDocument& document);

// Returns the packet after adding or removing copies as the request requires; unchanged if it requires neither. `packet` is empty if the
// file has none; `iptc` contains its IPTC keywords. Updates additions.copied. Messages begin with `name`. Throws Error(kData).
std::string with_copies(const std::string& packet, const std::vector<XmpItem>& iptc, const KeywordRequest& request,
                        PictureAdditions& additions, const std::string& name);

// Returns the packet with this record. Throws Error(kData) unless it has the same properties as `before`, apart from keywords and
// Tagloom's own.
std::string with_additions(const std::string& packet, const PictureAdditions& additions, const std::string& before,
                           const std::string& name);

}  // namespace tagloom
