#pragma once
// XMP sidecars: which file is a picture's, and keywords written into it.
//
// Two schemes are in use: IMG.jpg.xmp (darktable, digiKam) and IMG.xmp (Adobe). The one that exists is used; if both do, IMG.jpg.xmp, which
// can only be this picture's. IMG.xmp belongs to the only picture called IMG, or to the RAW file among several, for which
// Adobe's programs write it; beside IMG.cr2, IMG.jpg has IMG.jpg.xmp.
#include <string>
#include <vector>

#include "tools/library/keyword_plan.h"

namespace tagloom {

enum class SidecarName { kPictureXmp, kStemXmp };  // IMG.jpg.xmp, IMG.xmp

// Those that exist and belong to the picture, IMG.jpg.xmp first; also those named .XMP. Anything of that name counts, such as a folder.
// Throws Error(kData) if the folder does not tell what exists.
std::vector<std::string> sidecars_of(const std::string& picture);

// Where keywords are written: the first of sidecars_of(), or a new file by this scheme.
std::string sidecar_to_write(const std::string& picture, SidecarName name);

// The packet of a sidecar. Throws Error(kData) if it is no regular file, cannot be read, or is too large.
std::string read_sidecar(const std::string& path);

// Writes the keywords into the picture's sidecar, creating it if there are any; with request.undo into each of its sidecars, and removes one
// that Tagloom created and nobody added to. Returns whether a file changed. Throws Error(kData) naming the sidecar, which is then
// unchanged.
bool write_sidecar(const std::string& picture, SidecarName name, const KeywordRequest& request);

}  // namespace tagloom
