#pragma once
// The pictures among the inputs of a command line, and in their folders.
#include <cstddef>
#include <optional>
#include <string>

#include "tools/listing/folder_walk.h"

namespace tagloom {

class InputPictures : public PictureStream {
 public:
  // Both references must outlive the stream. `report_empty`: a folder without pictures is a problem.
  InputPictures(NamedInputs& named, const ListingEvents& events, bool report_empty = true);

  // A named file is a picture whatever its name; no picture comes twice.
  Next next(std::string& path, int milliseconds) override;

 private:
  NamedInputs& named_;
  const ListingEvents& events_;
  bool report_empty_;
  size_t next_ = 0;  // of named_.all()
  std::optional<FolderWalk> walk_;
};

}  // namespace tagloom
