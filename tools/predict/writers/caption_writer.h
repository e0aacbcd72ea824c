#pragma once
// Writes captions next to pictures: the tags of a.jpg to a.txt.
#include <memory>

#include "tools/predict/tag_options.h"
#include "tools/predict/writers/tag_writer.h"

namespace tagloom {

// A tag is written without its parents. A caption is reported and left unchanged if it is read-only, not UTF-8 or not a regular file, or if
// this writer has already written it for another picture (a.jpg and a.png share a.txt). A file whose text does not change is not touched.
std::unique_ptr<TagWriter> make_caption_writer(const TagOptions& options);

}  // namespace tagloom
