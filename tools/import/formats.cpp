// The table of formats, and the choice of one by what the source looks like.
#include "tools/import/formats.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/library/problem_of.h"

namespace tagloom {
namespace {

constexpr const DatasetFormat* kFormats[] = {
    &kCocoFormat,    &kVocFormat,   &kLabelmeFormat, &kOpenImagesFormat, &kHuggingfaceFormat,
    &kNusWideFormat, &kListsFormat, &kTxtFormat,     &kXmpFormat,        &kFoldersFormat,
};

std::string names_of(const std::vector<const DatasetFormat*>& formats) {
  std::string names;
  for (size_t i = 0; i < formats.size(); ++i)
    names.append(i == 0 ? "" : i + 1 < formats.size() ? ", " : " or ").append(formats[i]->name);
  return names;
}

// Sets `problem` to the first reading error, if it is still empty.
bool looks_like(const DatasetFormat& format, const std::filesystem::path& source, std::string& problem) {
  bool fits = false;
  try {
    const std::string sentence = problem_of([&] { fits = format.fits(source); });
    if (problem.empty()) problem = sentence;
  } catch (const std::filesystem::filesystem_error& error) {
    if (problem.empty()) problem = (error.path1().empty() ? source : error.path1()).string() + ": " + error.code().message();
  }
  return fits;
}

}  // namespace

std::span<const DatasetFormat* const> dataset_formats() { return kFormats; }

const DatasetFormat& choose_format(const std::string& name, const std::filesystem::path& source) {
  std::error_code error;
  const bool exists = std::filesystem::exists(source, error);
  TL_CHECK_AS(ErrorKind::kData, exists, "{}: {}", source.string(), error ? error.message() : "no such file or folder");
  std::vector<const DatasetFormat*> fitting;
  std::string problem;
  for (const DatasetFormat* format : dataset_formats()) {
    if (format->name == name) return *format;
    if (name == "auto" && looks_like(*format, source, problem)) fitting.push_back(format);
  }
  // A folder per class is the last resort: many other formats keep their pictures in such folders.
  if (fitting.size() > 1) std::erase(fitting, &kFoldersFormat);
  TL_CHECK_AS(ErrorKind::kData, !fitting.empty() || problem.empty(), "{}", problem);
  TL_CHECK_AS(ErrorKind::kData, !fitting.empty(), "{}: its format was not recognised: choose one with --format ({})",
              source.string(), names_of({kFormats, kFormats + std::size(kFormats)}));
  TL_CHECK_AS(ErrorKind::kData, fitting.size() == 1, "{}: could be {}: choose one with --format", source.string(),
              names_of(fitting));
  return *fitting[0];
}

}  // namespace tagloom
