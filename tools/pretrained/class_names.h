#pragma once
// Reads the names of a classifier's classes from the files that usually contain them.
//
//   {"0": ["n01440764", "tench"], ...}       torchvision's and Keras's imagenet_class_index.json
//   {"id2label": {"0": "tench"}, ...}        Hugging Face's config.json; timm's, with label_names and label_descriptions
//   ["tench", ...]   {"tench": 0, ...}       JSON
//   {0: 'tench, Tinca tinca', ...}           a Python dictionary
//   n01440764 tench, Tinca tinca             synset_words.txt, LOC_synset_mapping.txt
//   0: tench      tench                      a numbered or a plain list, one class per line
//
// A name is the first of several synonyms. Names that several classes share get an addition in brackets: another synonym, the synset,
// or else the number of the class.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

struct ClassNames {
  std::vector<std::string> names;  // unique, in the order of the classifier's outputs
  std::string form;                // what was recognised: "a list of synsets with names"
  std::vector<std::string> notes;  // what was changed, in sentences
};

// Throws Error(kData) naming the file, for a text that has none of these forms or lacks a class.
ClassNames read_class_names(const std::string& path);
ClassNames parse_class_names(std::string_view text, const std::string& name);

// Drops a first class "background" that only the names have. Throws Error(kData) for another number of classes than `outputs`.
void fit_to_outputs(ClassNames& classes, int64_t outputs, const std::string& path, const std::string& weights);

}  // namespace tagloom
