#pragma once
// Keywords in the metadata of picture files themselves, read by Exiv2 in memory.
//
// Exiv2 rewrites a JPEG or TIFF around its image data; in a PNG or WebP one chunk is replaced (picture_chunks.h). The result is compared with the old file part by part
// (picture_parts.h) and is written only if nothing but keywords, Tagloom's record and the size of their containers differs. The record is in
// the XMP packet, also for IPTC.
#include <string>

#include "tools/library/keyword_plan.h"

namespace tagloom {

struct EmbeddedKeywords {
  ItemsByField items;  // of all fields that the file has
  MachineTags record;
};

// Of a JPEG, PNG, TIFF, WebP or TIFF-like RAW file; of another file, none. Throws Error(kData) if the file or its XMP cannot be read.
EmbeddedKeywords embedded_keywords(const std::string& picture);

struct EmbedResult {
  bool changed = false;
  std::vector<std::string> notes;  // sentences about keywords that IPTC cannot hold
};

// Writes the keywords into the picture file; with request.undo removes what Tagloom wrote. `backup` first keeps the old file, with all its
// attributes, as PICTURE_original; an older backup is kept instead. Throws Error(kData) naming the picture, which is then unchanged: also for
// formats that cannot be written safely (RAW, HEIC, GIF, ...), TIFFs and JPEGs with several pictures, and write-protected files.
//
// JPEG and TIFF alone have IPTC. In it, keywords have at most 64 bytes, and the characters of the coded character set that the file declares: UTF-8, which is declared
// where the file has only ASCII, or Latin-1. A keyword that does not fit is written to the other fields alone.
EmbedResult embed_keywords(const std::string& picture, const KeywordRequest& request, bool backup);

}  // namespace tagloom
