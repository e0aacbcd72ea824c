#pragma once
// Reads an XMP packet with Exiv2, to check that an edit changes only keywords.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/library/keyword_fields.h"

namespace tagloom {

// The namespace of Tagloom's record of the keywords that it wrote (machine_tags.h).
inline constexpr const char* kTagloomNamespace = "urn:uuid:b70cd873-72fb-4c2d-ad43-7dc5ec3fee0f#";
inline constexpr const char* kTagloomPrefix = "tagloom";

struct PacketMeaning {
  std::map<KeywordField, std::vector<std::string>> keywords;  // trimmed; no empty keywords
  std::map<std::string, std::string> others;                  // all other properties and qualifiers, except Tagloom's record
};

// Messages begin with `name`. Throws Error(kData) if Exiv2 rejects the packet.
PacketMeaning meaning_of(std::string_view packet, const std::string& name);

// Runs `call` with Exiv2 initialised and its log captured, one call at a time. Turns Exiv2's exceptions into Error(kData) "name: problem:
// reason"; the reason is the last error in the log if there is one.
void with_exiv2(const std::string& name, const char* problem, const std::function<void()>& call);

// Returns the last error that Exiv2 logged in this call, as one line; empty if there was none.
std::string exiv2_last_error();

}  // namespace tagloom
