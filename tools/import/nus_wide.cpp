// NUS-WIDE as its archives unpack, with or without the folders in parentheses:
//
//   (ImageList/)Imagelist.txt, TrainImagelist.txt, TestImagelist.txt               actor\0001_2124494179.jpg
//   (ConceptsList/)Concepts81.txt                                                  a concept per line
//   (Groundtruth/)AllLabels/Labels_sky.txt, TrainTestLabels/Labels_sky_Train.txt   0 or 1 per picture
//   (NUS_WID_Tags/)All_Tags.txt                                                    2124494179  tags of Flickr's users
//   (NUS_WID_Tags/)AllTags1k.txt, AllTags81.txt, Train_Tags1k.dat, Test_Tags81.txt matrices; TagList1k.txt has the names of 1000 columns
//
// A folder as source gives the concepts, one of the files in the last two rows its tags.
#include <algorithm>
#include <map>

#include "kernels/base/error.h"
#include "tools/import/formats.h"
#include "tools/import/list_lines.h"
#include "tools/import/source_files.h"
#include "tools/import/tag_matrix.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

struct NusPart {
  std::string list_prefix;   // Imagelist.txt, TrainImagelist.txt
  std::string label_suffix;  // Labels_sky.txt, Labels_sky_Train.txt
  std::string label_folder;  // AllLabels, TrainTestLabels
};

const NusPart kAllParts{"", "", "AllLabels"}, kTrainPart{"Train", "_Train", "TrainTestLabels"},
    kTestPart{"Test", "_Test", "TrainTestLabels"};
const NusPart* const kNusParts[] = {&kAllParts, &kTrainPart, &kTestPart};
constexpr const char* kUserTags = "All_Tags.txt";

// The file or folder `name` in `root`, or in one of its folders `inside`; empty if there is none.
fs::path find_in(const fs::path& root, const char* inside, const std::string& name) {
  for (const fs::path& path : {root / inside / name, root / name}) {
    if (is_file(path) || is_folder(path)) return path;
  }
  return {};
}

fs::path list_path(const fs::path& root, const NusPart& part) {
  return find_in(root, "ImageList", part.list_prefix + "Imagelist.txt");
}

bool has_a_list(const fs::path& root) {
  return std::ranges::any_of(kNusParts, [&](const NusPart* part) { return !list_path(root, *part).empty(); });
}

fs::path required(const fs::path& found, const fs::path& root, const std::string& name) {
  TL_CHECK_AS(ErrorKind::kData, !found.empty(), "{}: has no {}: give the folder into which NUS-WIDE's archives were unpacked",
              root.string(), name);
  return found;
}

fs::path required_list(const fs::path& root, const NusPart& part) {
  return required(list_path(root, part), root, "ImageList/" + part.list_prefix + "Imagelist.txt");
}

fs::path concepts_path(const fs::path& root) {
  return required(find_in(root, "ConceptsList", "Concepts81.txt"), root, "ConceptsList/Concepts81.txt");
}

// The source's folder, or the one above it if the archives' own folders are there.
fs::path root_of(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : ".";
  for (const fs::path& root : {folder, folder / ".."}) {
    if (has_a_list(root)) return root.lexically_normal();
  }
  fail(ErrorKind::kData,
       "{}: there is no ImageList/Imagelist.txt next to it or one folder above: keep the folders of NUS-WIDE's archives",
       file.string());
}

class NusPictures {
 public:
  NusPictures(const ImportRequest& request, const fs::path& root) : folder_(request.pictures) {
    for (const char* name : {"Flickr", "images", ""}) {
      if (folder_.empty() && is_folder(root / name)) folder_ = root / name;
    }
  }
  const fs::path& folder() const { return folder_; }
  fs::path operator[](std::string_view name) const { return listed_picture(folder_, name); }

 private:
  fs::path folder_;
};

// The parts that `split` asks for, where `all` says whether those of all pictures are there.
std::vector<NusPart> parts_of(const std::string& split, bool all) {
  if (split == "train") return {kTrainPart};
  if (split == "test") return {kTestPart};
  TL_CHECK(split.empty(), "--split {}: NUS-WIDE has the splits train and test", split);
  return all ? std::vector{kAllParts} : std::vector{kTrainPart, kTestPart};
}

bool has_all_labels(const fs::path& root) {
  return !list_path(root, kAllParts).empty() && !find_in(root, "Groundtruth", kAllParts.label_folder).empty();
}

// Which pictures have a concept.
std::vector<bool> read_labels(const fs::path& file, const fs::path& list, size_t pictures) {
  std::vector<bool> labels;
  labels.reserve(pictures);
  for (ListLines lines(file); lines.next();) {
    const std::string_view line = lines.line();
    TL_CHECK_AS(ErrorKind::kData, line == "0" || line == "1", "{}: \"{}\" is neither 0 nor 1", lines.place(), line);
    labels.push_back(line == "1");
  }
  TL_CHECK_AS(ErrorKind::kData, labels.size() == pictures, "{}: has {} lines, but {} has {} pictures", file.string(),
              labels.size(), list.string(), pictures);
  return labels;
}

// Returns the names of the concepts.
std::vector<std::string> read_concepts(const fs::path& root, const NusPart& part, const NusPictures& pictures,
                                       const ImportSink& sink) {
  const fs::path list = required_list(root, part);
  const fs::path folder = required(find_in(root, "Groundtruth", part.label_folder), root, "Groundtruth/" + part.label_folder);
  const std::vector<std::string> names = list_of(list);
  std::vector<std::string> concepts = list_of(concepts_path(root));
  std::vector<std::vector<bool>> labels;
  for (const std::string& concept_name : concepts) {
    labels.push_back(read_labels(folder / ("Labels_" + concept_name + part.label_suffix + ".txt"), list, names.size()));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    ImportedPicture picture{pictures[names[i]], {}};
    for (size_t j = 0; j < concepts.size(); ++j) {
      if (labels[j][i]) picture.tags.push_back(concepts[j]);
    }
    sink(std::move(picture));
  }
  return concepts;
}

// AllTags1k.txt, Train_Tags81.txt ...
std::vector<std::string> read_nus_matrix(const fs::path& file, const fs::path& root, const NusPictures& pictures,
                                         const ImportSink& sink) {
  const std::string name = file.filename().string();
  const NusPart& part = name.starts_with("Train") ? kTrainPart : name.starts_with("Test") ? kTestPart : kAllParts;
  const bool has_concepts = name.find("Tags81") != name.npos;
  const fs::path dictionary = has_concepts ? concepts_path(root) : file.parent_path() / "TagList1k.txt";
  return read_listed_matrix({required_list(root, part), file, dictionary}, pictures.folder(), sink);
}

// "2124494179" of "actor\0001_2124494179.jpg".
std::string_view photo_id(std::string_view name) {
  name = name.substr(0, name.rfind('.'));
  const size_t start = name.find_last_of("_\\/");
  return start == name.npos ? name : name.substr(start + 1);
}

// Removes the first word and the blanks after it.
std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line = trim(line.substr(word.size()));
  return word;
}

// All_Tags.txt: a line per photograph of Flickr, in any order.
ImportReport read_user_tags(const fs::path& file, const fs::path& root, const std::vector<NusPart>& parts,
                            const NusPictures& pictures, const ImportSink& sink) {
  std::vector<ImportedPicture> listed;
  std::map<std::string, size_t, std::less<>> by_id;
  for (const NusPart& part : parts) {
    const fs::path list = required_list(root, part);
    for (ListLines lines(list); lines.next();) {
      const bool is_new = by_id.emplace(photo_id(lines.line()), listed.size()).second;
      TL_CHECK_AS(ErrorKind::kData, is_new, "{}: photograph {} is already in an earlier line", lines.place(),
                  photo_id(lines.line()));
      listed.push_back({pictures[lines.line()], {}});
    }
  }
  ImportLoss elsewhere{0, "line about a picture that is not in the list", "lines about pictures that are not in the list"};
  for (ListLines lines(file); lines.next();) {
    std::string_view rest = lines.line();
    const auto found = by_id.find(take_word(rest));
    if (found == by_id.end()) {
      ++elsewhere.count;
      continue;
    }
    while (!rest.empty()) listed[found->second].tags.emplace_back(take_word(rest));
  }
  for (ImportedPicture& picture : listed) sink(std::move(picture));
  ImportReport report;
  report.left_out = {elsewhere};
  return report;
}

bool is_matrix_name(const std::string& name) {
  return name.find("Tags81") != std::string::npos || name.find("Tags1k") != std::string::npos;
}

ImportReport read_nus_wide(const ImportRequest& request, const ImportSink& sink) {
  ImportReport report;
  if (is_folder(request.source)) {
    const NusPictures pictures(request, request.source);
    for (const NusPart& part : parts_of(request.split, has_all_labels(request.source)))
      report.words = read_concepts(request.source, part, pictures, sink);
    return report;
  }
  const std::string name = request.source.filename().string();
  TL_CHECK_AS(ErrorKind::kData, name == kUserTags || is_matrix_name(name),
              "{}: give NUS-WIDE's folder, or one of All_Tags.txt, AllTags81.txt, AllTags1k.txt, Train_Tags81.txt ...",
              request.source.string());
  const fs::path root = root_of(request.source);
  const NusPictures pictures(request, root);
  if (name == kUserTags)
    return read_user_tags(request.source, root, parts_of(request.split, !list_path(root, kAllParts).empty()), pictures, sink);
  TL_CHECK(request.split.empty(), "--split {} does not apply to {}, which contains one split: leave it out", request.split,
           request.source.string());
  report.words = read_nus_matrix(request.source, root, pictures, sink);
  return report;
}

bool looks_like_nus_wide(const fs::path& source) {
  const std::string name = source.filename().string();
  return is_folder(source) ? has_a_list(source) : name == kUserTags || is_matrix_name(name);
}

}  // namespace

const DatasetFormat kNusWideFormat = {
    "nus_wide", "NUS-WIDE: its folder for the 81 concepts, or its All_Tags.txt for the tags of Flickr's users.", "split",
    looks_like_nus_wide, read_nus_wide};

}  // namespace tagloom
