#pragma once
// The stream of pictures that tagpredict's command line selects, and counts of everything else that was found.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/listing/file_kinds.h"
#include "tools/listing/folder_watch.h"
#include "tools/listing/newer_than.h"
#include "tools/listing/path_list.h"
#include "tools/predict/predict_options.h"

namespace tagloom {

class FoundPictures : public PictureStream {
 public:
  // Calls on_problem with a sentence for each file or folder that cannot be listed or watched. `exists` decides what --skip-existing skips. Throws
  // Error(kData) if an input does not exist.
  FoundPictures(const PredictOptions& options, const std::function<void(const std::string&)>& on_problem,
                std::function<bool(const std::string& picture)> exists);

  Next next(std::string& path, int milliseconds) override;

  // With --watch: whether next() has returned the picture with its present contents, and a promise not to return it with them again. Use
  // both around a write to the picture file, so that a change made by another program is not lost.
  bool returned(const std::string& picture) const;
  void mark_seen(const std::string& picture);

  int64_t expected() const;                     // number of pictures; 0 if unknown until the end
  int64_t skipped() const { return skipped_; }  // by --newer-than and --skip-existing
  std::vector<std::string> left_out() const;    // sentences to print at the end: formats that are not read, folders in a list
  bool found_any() const { return found_any_; }

 private:
  bool wanted(const std::string& picture) const;

  ListingEvents events_;
  std::function<bool(const std::string&)> exists_;
  UnreadKinds unread_kinds_;
  std::optional<NamedInputs> inputs_;
  std::unique_ptr<InputPictures> in_folders_;  // exactly one of these three is set
  std::unique_ptr<FolderWatch> watch_;
  std::unique_ptr<PathList> list_;
  std::optional<FileTime> newer_than_;
  int64_t skipped_ = 0;
  bool found_any_ = false;
};

}  // namespace tagloom
