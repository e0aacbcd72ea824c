#pragma once
// What an XMP packet says, as Exiv2 reads it: the check that an edit changes keywords and nothing else.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/library/keyword_fields.h"

namespace tagloom {

// The namespace of what Tagloom records about the keywords that it wrote (machine_tags.h).
inline constexpr const char* kOwnSpace = "urn:uuid:b70cd873-72fb-4c2d-ad43-7dc5ec3fee0f#";
inline constexpr const char* kOwnPrefix = "tagloom";

struct PacketMeaning {
  std::map<KeywordField, std::vector<std::string>> keywords;  // trimmed, without empty ones
  std::map<std::string, std::string> others;                  // every other property and qualifier, without Tagloom's own record
};

// `name` begins messages. Throws Error(kData) if Exiv2 refuses the packet.
PacketMeaning meaning_of(std::string_view packet, const std::string& name);

// Runs `call`, one at a time, with Exiv2 set up and its log kept from stderr. Its exceptions become an Error(kData) "name: doing: reason",
// where the last line of the log is the reason if there is one.
void with_exiv2(const std::string& name, const char* doing, const std::function<void()>& call);

// The last error that Exiv2 logged in this call, as one line; empty if there was none.
std::string exiv2_complaint();

}  // namespace tagloom
