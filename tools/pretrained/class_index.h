#pragma once
// Reads classes with their numbers from JSON and from a Python dictionary.
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

struct ClassEntry {
  std::string synset;  // WordNet's, as n01440764; or empty
  std::string text;    // "tench, Tinca tinca": synonyms
};

struct ClassIndex {
  std::string form;
  std::vector<ClassEntry> classes = {};
  std::vector<std::string> notes = {};
};

// `text` begins with a brace or a bracket (class_names.h lists the forms). Throws Error(kData) naming the file.
ClassIndex class_index_from_braces(std::string_view text, const std::string& name);

// Whether a JSON text, such as the config.json next to a weights file, has names of classes.
bool has_class_index(std::string_view text);

}  // namespace tagloom
