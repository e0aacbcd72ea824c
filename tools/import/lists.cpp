// Lists of pictures with a matrix of tags: Corel 5k, ESP Game and IAPR TC-12 as Guillaumin et al. (ICCV 2009) distribute them, and the
// datasets of the multi-order RNN's code, which have the same layout:
//
//   NAME_SPLIT_list.txt     a picture per line, often without its extension
//   NAME_SPLIT_annot.hvecs  or .txt or .csv: the matrix (tag_matrix.h)
//   NAME_dictionary.txt     or another NAME_dict*.txt: the tag of each column
//
// The source is the folder of one dataset, or one of its lists.
#include <algorithm>

#include "kernels/base/error.h"
#include "tools/import/formats.h"
#include "tools/import/source_files.h"
#include "tools/import/tag_matrix.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListEnd = "_list.txt";

// "nus1" of "nus1_train", and "train".
std::string dataset_in(const std::string& stem) { return stem.substr(0, stem.rfind('_')); }
std::string split_in(const std::string& stem) { return stem.substr(stem.rfind('_') + 1); }  // the whole stem without a _

// "nus1_train" of each nus1_train_list.txt that the request asks for.
std::vector<std::string> stems_of_lists(const std::vector<std::string>& names, const std::string& split) {
  std::vector<std::string> stems;
  for (const std::string& name : names) {
    if (name.size() <= kListEnd.size() || !name.ends_with(kListEnd)) continue;
    const std::string stem = name.substr(0, name.size() - kListEnd.size());
    if (split.empty() || split == split_in(stem)) stems.push_back(stem);
  }
  return stems;
}

fs::path annotations_of(const fs::path& folder, const std::string& stem, const std::vector<std::string>& names) {
  for (const char* end : {"_annot.hvecs", "_annot.txt", "_annot.csv"}) {
    if (std::ranges::find(names, stem + end) != names.end()) return folder / (stem + end);
  }
  fail(ErrorKind::kData, "{}: has {}{}, but no {}_annot.hvecs, .txt or .csv", folder.string(), stem, kListEnd, stem);
}

fs::path dictionary_of(const fs::path& folder, const std::string& dataset, const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (name.starts_with(dataset + "_dict") && name.ends_with(".txt")) found.push_back(name);
  }
  TL_CHECK_AS(ErrorKind::kData, !found.empty(), "{}: has no {}_dictionary.txt or {}_dict.txt, which names the tags",
              folder.string(), dataset, dataset);
  TL_CHECK_AS(ErrorKind::kData, found.size() == 1, "{}: has both {} and {}: remove the one that does not fit the annotations",
              folder.string(), found[0], found[1]);
  return folder / found[0];
}

ImportReport read_lists(const ImportRequest& request, const ImportSink& sink) {
  const bool whole = is_folder(request.source);
  const fs::path folder = whole ? request.source : request.source.parent_path();
  const std::vector<std::string> names = file_names(folder.empty() ? "." : folder);
  std::vector<std::string> stems = stems_of_lists(names, whole ? request.split : "");
  const std::string wanted = (request.split.empty() ? "NAME_train" : "NAME_" + request.split) + std::string(kListEnd);
  TL_CHECK_AS(ErrorKind::kData, !stems.empty() || !whole, "{}: has no list of pictures such as {}", folder.string(), wanted);
  if (!whole) {
    const std::string file = request.source.filename().string();
    stems = stems_of_lists({file}, "");
    TL_CHECK_AS(ErrorKind::kData, !stems.empty(), "{}: is not a list of pictures, which has a name such as {}",
                request.source.string(), wanted);
  }
  for (const std::string& stem : stems) {
    TL_CHECK_AS(ErrorKind::kData, dataset_in(stem) == dataset_in(stems[0]),
                "{}: has lists of several datasets: give {}{} or {}{} as the source, and import the others separately",
                folder.string(), stems[0], kListEnd, stem, kListEnd);
  }
  const fs::path& pictures = request.pictures.empty() ? folder : request.pictures;
  ImportReport report;
  for (const std::string& stem : stems) {
    const ListedMatrix files{folder / (stem + std::string(kListEnd)), annotations_of(folder, stem, names),
                             dictionary_of(folder, dataset_in(stem), names)};
    report.words = read_listed_matrix(files, pictures, sink);
    report.lists.insert(report.lists.end(), {files.list, files.matrix, files.dictionary});
  }
  return report;
}

bool looks_like_lists(const fs::path& source) {
  const std::vector<std::string> names = is_folder(source) ? file_names(source) : std::vector{source.filename().string()};
  return !stems_of_lists(names, "").empty();
}

}  // namespace

const DatasetFormat kListsFormat = {
    "lists", "NAME_train_list.txt, NAME_train_annot.hvecs|txt|csv and NAME_dictionary.txt: Corel 5k, ESP Game ...", "split",
    looks_like_lists, read_lists};

}  // namespace tagloom
