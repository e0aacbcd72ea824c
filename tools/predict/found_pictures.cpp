#include "tools/predict/found_pictures.h"

#include "kernels/base/error.h"

namespace tagloom {

FoundPictures::FoundPictures(const PredictOptions& options, const std::function<void(const std::string&)>& on_problem,
                             std::function<bool(const std::string& picture)> exists)
    : exists_(std::move(exists)) {
  events_.problem = [on_problem](const std::string& sentence) { on_problem("skipped " + sentence); };
  events_.unwatched = on_problem;
  events_.other_file = [this](std::string_view name) { unread_kinds_.count(name); };
  if (!options.newer_than.empty()) newer_than_ = moment_of(options.newer_than);
  if (!options.files_from.empty()) {
    list_ = std::make_unique<PathList>(options.files_from, options.null ? '\0' : '\n');
    return;
  }
  inputs_.emplace(options.inputs);
  if (options.watch) {
    TL_CHECK(inputs_->any_folder(), "--watch needs a folder");
    watch_ = std::make_unique<FolderWatch>(*inputs_, events_);
  } else {
    in_folders_ = std::make_unique<InputPictures>(*inputs_, events_);
  }
}

Next FoundPictures::next(std::string& path, int milliseconds) {
  PictureStream& all = watch_ ? static_cast<PictureStream&>(*watch_) : list_ ? static_cast<PictureStream&>(*list_) : *in_folders_;
  const Next next = all.next(path, milliseconds);
  if (next != Next::kPicture) return next;
  found_any_ = true;
  if (wanted(path)) return next;
  ++skipped_;
  return Next::kSkipped;
}

bool FoundPictures::wanted(const std::string& picture) const {
  if (newer_than_) {
    const std::optional<FileTime> time = changed_at(picture);
    if (time && *time <= *newer_than_) return false;  // a file without a time is passed on, and reading it reports the error
  }
  return !exists_ || !exists_(picture);
}

bool FoundPictures::returned(const std::string& picture) const { return watch_ && watch_->returned(picture); }

void FoundPictures::mark_seen(const std::string& picture) {
  if (watch_) watch_->mark_seen(picture);
}

int64_t FoundPictures::expected() const {
  return inputs_ && !inputs_->any_folder() ? static_cast<int64_t>(inputs_->all().size()) : 0;
}

std::vector<std::string> FoundPictures::left_out() const {
  std::vector<std::string> sentences;
  if (const std::string kinds = unread_kinds_.sentence(); !kinds.empty()) sentences.push_back(kinds);
  if (list_ && list_->folders() > 0) {
    sentences.push_back(format("folders in the list were not searched ({}): list their files, or give the folders as arguments",
                               list_->folders()));
  }
  return sentences;
}

}  // namespace tagloom
