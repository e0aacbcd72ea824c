#pragma once
// Writes keywords to sidecars or pictures, and removes them, for tagpredict --format xmp and --undo.
#include <memory>
#include <string>

#include "tools/predict/predict_options.h"
#include "tools/predict/writers/tag_writer.h"

namespace tagloom {

// Writes sidecars or, with options.embed, the pictures themselves. `model` is recorded with the keywords, unless they are the user's.
std::unique_ptr<TagWriter> make_keyword_writer(const KeywordOptions& options, const std::string& model, bool by_user);

// tagpredict --undo: removes what Tagloom wrote for options.inputs. Returns the exit code.
int undo_keywords(const PredictOptions& options);

}  // namespace tagloom
