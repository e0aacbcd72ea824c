#include "tools/import/folder_pictures.h"

#include "engine/core/interrupt.h"
#include "kernels/base/error.h"
#include "tools/import/source_files.h"
#include "tools/listing/folder_walk.h"

namespace tagloom {
namespace {

constexpr int kMostTried = 20;

}  // namespace

void visit_pictures(const std::filesystem::path& folder, const FolderVisits& visits) {
  TL_CHECK_AS(ErrorKind::kData, is_folder(folder), "{}: is not a folder", folder.string());
  std::string problem;
  ListingEvents events{};
  events.problem = [&](const std::string& sentence) {
    if (problem.empty()) problem = sentence;
  };
  events.other_file = visits.other;
  NamedInputs named({folder.string()});
  FolderWalk walk(folder.string(), named, events);
  for (std::string path; walk.next(path);) {
    TL_CHECK_AS(ErrorKind::kData, problem.empty(), "{}", problem);
    if (Interrupt::signal() != 0) throw Interrupted{Interrupt::signal()};
    if (!visits.picture(path)) return;
  }
  TL_CHECK_AS(ErrorKind::kData, problem.empty(), "{}", problem);
}

bool first_pictures_fit(const std::filesystem::path& folder, const std::function<bool(const std::string& picture)>& fits) {
  bool found = false;
  int pictures = 0;
  if (!is_folder(folder)) return false;
  visit_pictures(folder, {[&](const std::string& picture) {
                   found = fits(picture);
                   return !found && ++pictures < kMostTried;
                 }});
  return found;
}

}  // namespace tagloom
