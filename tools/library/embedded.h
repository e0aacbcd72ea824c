#pragma once
// Reads and writes keywords in the metadata of picture files, using Exiv2 in memory.
//
// Exiv2 rewrites a JPEG or TIFF around its image data; in a PNG or WebP one chunk is replaced (picture_chunks.h). The result is compared
// with the old file part by part (picture_parts.h) and is written only if nothing differs but keywords, Tagloom's record and the size of
// their containers. The record is in the XMP packet, also for IPTC. A digest of the IPTC data (picture_parts.h) that
// matched before the edit matches after it.
#include <string>

#include "tools/library/keyword_plan.h"

namespace tagloom {

struct EmbeddedKeywords {
  ItemsByField items;  // for all fields that the file contains
  MachineTags record;
  bool can_be_undone = false;  // whether there is anything that Tagloom wrote, or a record
};

// Supports JPEG, PNG, TIFF, WebP and TIFF-like RAW files; returns nothing for other files. Throws Error(kData) if the file or its XMP
// cannot be read.
EmbeddedKeywords embedded_keywords(const std::string& picture);

struct EmbedResult {
  bool changed = false;
  std::vector<std::string> notes;  // sentences about keywords that IPTC cannot hold
};

// Writes the keywords to the picture file; with request.undo, removes what Tagloom wrote. `backup` first saves the old file, with all its
// attributes, as PICTURE_original, unless there is a backup already. Throws Error(kData) with the picture's path and leaves it unchanged,
// also for formats that cannot be written safely (RAW, HEIC, GIF, ...), TIFFs and JPEGs with several pictures, and write-protected files.
//
// Only JPEG and TIFF have IPTC. Its keywords have at most 64 bytes in the character set that the file declares: UTF-8, which is declared if
// the file's IPTC is pure ASCII and until undo, or Latin-1. A keyword that does not fit is written only to the other fields. IPTC keywords
// are copied to a dc:subject that would hide them (picture_additions.h).
EmbedResult embed_keywords(const std::string& picture, const KeywordRequest& request, bool backup);

}  // namespace tagloom
