#pragma once
// Writes captions next to pictures: the tags of a.jpg to a.txt.
#include <memory>

#include "tools/predict/tag_options.h"
#include "tools/predict/writers/tag_writer.h"

namespace tagloom {

// A tag is written without its parents. A caption that is not UTF-8, not a regular file or read-only is reported and left unchanged, and so
// is one that this writer has already written for another picture (a.jpg and a.png share a.txt). A file whose text does not change is not
// touched.
std::unique_ptr<TagWriter> make_caption_writer(const TagOptions& options);

}  // namespace tagloom
