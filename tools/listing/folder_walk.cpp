#include "tools/listing/folder_walk.h"

#include <utility>

namespace tagloom {

FolderWalk::FolderWalk(const std::string& folder, NamedInputs& named, const ListingEvents& events)
    : named_(named), events_(events), path_(folder) {
  enter(true);
}

// Reads the folder path_.
void FolderWalk::enter(bool follow) {
  if (events_.entered) events_.entered(path_);
  FolderNames names(path_, follow, events_);
  const bool first = named_.first_visit(names.id());
  if (!first || !names.read()) found_nothing_ = false;
  if (first) levels_.push_back({std::move(names), path_.size()});
}

bool FolderWalk::next(std::string& path) {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    path_.resize(level.path_size);
    std::string_view name;
    if (!level.names.next(name)) {
      levels_.pop_back();
    } else if (name.ends_with('/')) {
      path_ = path_in(path_, name.substr(0, name.size() - 1));
      enter(false);
    } else {
      found_nothing_ = false;
      if (!named_.first_visit(level.names.id(), name)) continue;
      path = path_in(path_, name);
      return true;
    }
  }
  return false;
}

}  // namespace tagloom
