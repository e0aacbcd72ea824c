#pragma once
// Finds the XMP sidecars of a picture, and reads and writes their keywords.
//
// Two naming schemes are in use: IMG.jpg.xmp (darktable, digiKam) and IMG.xmp (Adobe). The file that exists is used. If both exist,
// IMG.jpg.xmp is, because it can belong only to this picture. IMG.xmp belongs to the only picture called IMG or, if there are several, to
// the only RAW file among them, for which Adobe's programs write it: next to IMG.cr2, the sidecar of IMG.jpg is IMG.jpg.xmp. Next to
// IMG.png, IMG.xmp belongs to neither of the two. Extensions may be in any case.
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

// Removes what Tagloom wrote, except rejections, and the unwanted keywords from the picture's sidecars other than `kept`, and deletes those
// that Tagloom created if nothing is left in them. Also edits an IMG.xmp that belongs to no picture any more, because another IMG has come
// since Tagloom wrote it; other contents of it are kept. Returns whether a file changed. Throws Error(kData) with the sidecar's path.
bool clear_sidecars(const std::string& picture, const std::string& kept, const std::vector<SuggestedTag>& unwanted);

// Writes the keywords to the picture's sidecar, creates it if necessary, and clears the others. With request.undo, changes all of them, and
// deletes one that Tagloom created if nothing else is left in it. Returns whether a file changed. Throws Error(kData) with the sidecar's
// path and leaves it unchanged.
bool write_sidecar(const std::string& picture, SidecarName name, const KeywordRequest& request);

}  // namespace tagloom
