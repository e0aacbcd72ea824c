#pragma once
// A source of pictures to tag, one path after another.
#include <functional>
#include <string>
#include <string_view>

namespace tagloom {

enum class Next {
  kPicture,
  kPassedOver,  // a picture that is not wanted: call again
  kNothingYet,  // none came in time, or a signal arrived
  kEnd,
};

class PictureStream {
 public:
  virtual ~PictureStream() = default;
  // Sets `path` for kPicture. Where pictures arrive over time, waits for one at most `milliseconds`, or without limit if it is -1.
  virtual Next next(std::string& path, int milliseconds) = 0;
};

// What a stream reports beside its pictures. Each may be empty.
struct ListingEvents {
  std::function<void(const std::string& sentence)> problem;  // something that could not be read
  std::function<void(std::string_view name)> other_file;     // a file in a folder that is not a picture
  std::function<void(const std::string& folder)> entered;    // before the folder is read
};

}  // namespace tagloom
