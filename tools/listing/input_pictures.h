#pragma once
// The pictures that a command line names, and those in its folders.
#include <cstddef>
#include <optional>
#include <string>

#include "tools/listing/folder_walk.h"

namespace tagloom {

class InputPictures : public PictureStream {
 public:
  // Both references must outlive the stream. `report_empty`: a folder without pictures is a problem.
  InputPictures(NamedInputs& named, const ListingEvents& events, bool report_empty = true);

  // A named file is a picture whatever its extension; no picture is returned twice.
  Next next(std::string& path, int milliseconds) override;

 private:
  NamedInputs& named_;
  const ListingEvents& events_;
  bool report_empty_;
  size_t next_ = 0;  // index in named_.all()
  std::optional<FolderWalk> walk_;
};

}  // namespace tagloom
