#pragma once
// The folder of a dataset of tagdata scenes: which of its files an earlier run wrote, and how a new dataset replaces them.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

std::string scene_picture_name(int64_t index, bool png);  // "images/000012.jpg"

// The text files of a dataset. dataset.json holds the hashes of the others and of the pictures.
inline constexpr const char* kSceneLists[] = {"train.tsv", "val.tsv", "test.tsv", "words.txt"};

// The line of dataset.json that marks a folder as a dataset of tagdata scenes.
inline constexpr char kMadeByScenes[] = "\"made_by\": \"tagdata scenes\"";

// A dataset in a folder: the pictures 0 to images - 1 and the lists belong to it if they have these hashes, other files do not.
struct SceneDataset {
  int64_t images = 0;
  bool png = false;
  std::vector<std::string> hashes = {};          // of kSceneLists; empty if there is no dataset
  std::vector<std::string> picture_hashes = {};  // empty if an older version wrote it: then names count
};
SceneDataset dataset_in(const std::string& folder);

// Throws Error(kUsage) naming the first file in `folder` that `wanted` needs to replace and `there` does not own.
void check_replaceable(const std::string& folder, const SceneDataset& there, const SceneDataset& wanted);

// Moves the dataset `wanted` from the folder `from` to `folder`, in place of the dataset `there`; other files are unchanged. Meanwhile
// the folder has no manifests; if the process is killed then, dataset.json still counts the pictures, and a new run replaces them.
void replace_dataset(const std::string& folder, const SceneDataset& there, const std::string& from, const SceneDataset& wanted);

// Removes a killed run's unfinished dataset, but no other files.
void remove_unfinished(const std::string& folder);

}  // namespace tagloom
