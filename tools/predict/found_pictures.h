#pragma once
// The pictures that a command line of tagpredict asks for, and what was found beside them.
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
  // Calls on_problem with a sentence for each file or folder that cannot be listed, and `exists` for --skip-existing. Throws Error(kData) if
  // an input does not exist.
  FoundPictures(const PredictOptions& options, std::function<void(const std::string&)> on_problem,
                std::function<bool(const std::string& picture)> exists);

  Next next(std::string& path, int milliseconds) override;

  // After the tags of a picture were written, possibly into its own file.
  void written(const std::string& picture);

  int64_t expected() const;                             // pictures; 0 if not known before the end
  int64_t passed_over() const { return passed_over_; }  // by --newer-than and --skip-existing
  std::vector<std::string> left_out() const;            // sentences for the end: kinds that are not read, folders in a list
  bool found_any() const { return found_any_; }

 private:
  bool wanted(const std::string& picture) const;

  ListingEvents events_;
  std::function<bool(const std::string&)> exists_;
  UnreadKinds unread_kinds_;
  std::optional<NamedInputs> inputs_;
  std::unique_ptr<InputPictures> in_folders_;  // one of these three is set
  std::unique_ptr<FolderWatch> watch_;
  std::unique_ptr<PathList> list_;
  std::optional<FileTime> newer_than_;
  int64_t passed_over_ = 0;
  bool found_any_ = false;
};

}  // namespace tagloom
