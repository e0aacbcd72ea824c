// Every file is checked by its name and, if it is a list, by its hash before it is removed.
#include "tools/scenes/dataset_folder.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/io/folder.h"
#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr char kDescription[] = "dataset.json";

bool is_picture_name(const std::string& name) {
  const size_t digits = name.find_first_not_of("0123456789");
  if (digits == std::string::npos || digits < 6) return false;
  return name.substr(digits) == ".jpg" || name.substr(digits) == ".png";
}

bool is_list_name(std::string name) {
  name = name.substr(0, name.find(".tmp-"));  // as AtomicFile writes it
  return name == kDescription || std::find(std::begin(kSceneLists), std::end(kSceneLists), name) != std::end(kSceneLists);
}

void move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot be written: {}: run the command again with --force", to.string(),
              error.message());
}

}  // namespace

std::string scene_picture_name(int64_t index, bool png) { return format("images/{:06}.{}", index, png ? "png" : "jpg"); }

SceneDataset dataset_in(const std::string& folder) {
  SceneDataset found;
  const fs::path file = fs::path(folder) / kDescription;
  if (!is_taken(file)) return found;
  const std::vector<uint8_t> bytes = read_file(file);
  const auto json = nlohmann::json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("made_by") || json["made_by"] != "tagdata scenes") return found;
  if (!json.contains("images") || !json["images"].is_number_integer()) return found;
  found.images = json["images"];
  found.png = json.contains("format") && json["format"] == "png";
  for (const char* list : kSceneLists) {
    const bool hashed = json.contains("hashes") && json["hashes"].is_object() && json["hashes"].contains(list) &&
                        json["hashes"][list].is_string();
    found.hashes.push_back(hashed ? json["hashes"][list].get<std::string>() : "");
  }
  if (json.contains("picture_hashes") && json["picture_hashes"].is_array()) {
    for (const nlohmann::json& hash : json["picture_hashes"]) found.picture_hashes.push_back(hash.is_string() ? hash : "");
  }
  return found;
}

void check_replaceable(const std::string& folder, const SceneDataset& there, const SceneDataset& wanted) {
  const fs::path root = folder;
  const auto refuse = [&](const fs::path& path) {
    fail(ErrorKind::kUsage,
         "{}: is not as tagdata scenes wrote it, and --force does not replace it: move it away, or choose another folder",
         path.string());
  };
  for (size_t i = 0; i < std::size(kSceneLists); ++i) {
    const fs::path list = root / kSceneLists[i];
    if (!is_taken(list)) continue;
    TL_CHECK(there.hashes.empty() || !there.hashes[i].empty(),
             "{}: the dataset has no hash of this list, so --force cannot tell whether it was edited: move it away, or choose "
             "another folder",
             list.string());
    const bool ours = !there.hashes.empty() && fs::is_regular_file(fs::symlink_status(list)) &&
                      hash_text(hash_file(list.string())) == there.hashes[i];
    if (!ours) refuse(list);
  }
  const fs::path images = root / "images";
  if (!is_taken(images)) return;
  if (!fs::is_directory(fs::symlink_status(images))) refuse(images);
  for (const fs::directory_entry& entry : entries_of(images)) {
    const std::string name = "images/" + entry.path().filename().string();
    const int64_t index = is_picture_name(name.substr(7)) ? std::atoll(name.c_str() + 7) : -1;
    const auto is_of = [&](const SceneDataset& dataset) {
      return index >= 0 && index < dataset.images && name == scene_picture_name(index, dataset.png);
    };
    if (is_of(wanted) && !is_of(there)) refuse(entry.path());
    if (!is_of(there)) continue;
    if (!fs::is_regular_file(entry.symlink_status())) refuse(entry.path());
    const bool hashed = static_cast<size_t>(index) < there.picture_hashes.size();
    if (hashed && hash_text(hash_file(entry.path().string())) != there.picture_hashes[index]) refuse(entry.path());
  }
}

void replace_dataset(const std::string& folder, const SceneDataset& there, const std::string& from, const SceneDataset& wanted) {
  const fs::path root = folder, source = from;
  check_replaceable(folder, there, wanted);  // again, because drawing takes minutes
  for (const char* list : {"train.tsv", "val.tsv", "test.tsv"}) fs::remove(root / list);
  for (int64_t i = 0; i < there.images; ++i) fs::remove(root / scene_picture_name(i, there.png));
  move_file(source / kDescription, root / kDescription);  // before the pictures that it names
  fs::create_directories(root / "images");
  for (int64_t i = 0; i < wanted.images; ++i) {
    const std::string name = scene_picture_name(i, wanted.png);
    move_file(source / name, root / name);
  }
  for (const char* list : {"words.txt", "test.tsv", "val.tsv", "train.tsv"}) move_file(source / list, root / list);
}

void remove_unfinished(const std::string& folder) {
  const fs::path root = folder;
  std::error_code ignored;
  const auto remove_those = [&](const fs::path& in, const auto& is_ours) {
    if (fs::is_symlink(fs::symlink_status(in, ignored)) || fs::is_regular_file(in, ignored)) return;  // it is of others
    fs::directory_iterator entry(in, ignored);
    for (; !ignored && entry != fs::directory_iterator(); entry.increment(ignored)) {
      std::error_code kept;
      if (is_ours(entry->path().filename().string())) fs::remove(entry->path(), kept);
    }
    fs::remove(in, ignored);  // only if it is empty
  };
  remove_those(root / "images", is_picture_name);
  remove_those(root, is_list_name);
}

}  // namespace tagloom
