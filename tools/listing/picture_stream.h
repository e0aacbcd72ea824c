#pragma once
// A source of pictures to tag, one path after another.
#include <functional>
#include <string>
#include <string_view>

namespace tagloom {

enum class Next {
  kPicture,
  kSkipped,     // a picture that is not wanted: call again
  kNothingYet,  // no picture arrived in time, or a signal ended the wait
  kEnd,
};

class PictureStream {
 public:
  virtual ~PictureStream() = default;
  // Sets `path` for kPicture. If pictures arrive over time, waits at most `milliseconds` for the next one (-1: no limit).
  virtual Next next(std::string& path, int milliseconds) = 0;
};

// Callbacks for everything that a stream finds besides pictures. Each may be empty.
struct ListingEvents {
  std::function<void(const std::string& sentence)> problem;         // something that could not be read
  std::function<void(std::string_view name)> other_file;            // a file in a folder that is not a picture
  std::function<void(const std::string& folder)> entered;           // before the folder is read
  std::function<void(const std::string& folder)> vanished = {};     // it no longer exists; if empty, that is a problem
  std::function<void(const std::string& sentence)> unwatched = {};  // a folder whose later pictures will not be found
};

}  // namespace tagloom
