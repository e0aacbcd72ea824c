#pragma once
// Finds the XMP sidecars of a picture, and reads and writes their keywords.
//
// Two naming schemes are in use: IMG.jpg.xmp (darktable, digiKam) and IMG.xmp (Adobe). The file that exists is used. If both exist,
// IMG.jpg.xmp is, because it can belong only to this picture. IMG.xmp belongs to the only picture called IMG or, if there are several, to
// the RAW file among them, for which Adobe's programs write it: next to IMG.cr2, the sidecar of IMG.jpg is IMG.jpg.xmp.
#include <string>
#include <vector>

#include "tools/library/keyword_plan.h"

namespace tagloom {

enum class SidecarName { kPictureXmp, kStemXmp };  // IMG.jpg.xmp, IMG.xmp

// Returns the existing sidecars of the picture, IMG.jpg.xmp first, including those that end with .XMP. Anything with that name counts, even
// a folder. Throws Error(kData) if the existence of a file cannot be determined.
std::vector<std::string> sidecars_of(const std::string& picture);

// Returns the file to write keywords to: the first of sidecars_of(), or a new file in this naming scheme.
std::string sidecar_to_write(const std::string& picture, SidecarName name);

// Returns the packet in a sidecar. Throws Error(kData) if the sidecar is not a regular file, cannot be read, or is too large.
std::string read_sidecar(const std::string& path);

// Writes the keywords to the picture's sidecar, and creates it if necessary. With request.undo, changes all its sidecars, and deletes one
// that Tagloom created if nothing else is left in it. Returns whether a file changed. Throws Error(kData) with the sidecar's path and
// leaves it unchanged.
bool write_sidecar(const std::string& picture, SidecarName name, const KeywordRequest& request);

}  // namespace tagloom
