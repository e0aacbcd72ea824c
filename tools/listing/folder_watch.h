#pragma once
// The pictures in folders, and then those that appear there, by Linux's inotify.
//
// A folder is watched before it is listed, so nothing is missed in between; a picture that is both listed and reported comes once. A
// file counts when its writer closes it, or when it is moved or linked into place. If the kernel drops events, the folders are listed
// again. About 40 bytes are kept per picture seen, and a path per folder.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tools/listing/input_pictures.h"

struct inotify_event;

namespace tagloom {

class FolderWatch : public PictureStream {
 public:
  // Both references must outlive the watch. Throws Error(kData) if the system allows no further watch.
  FolderWatch(NamedInputs& named, const ListingEvents& events);
  ~FolderWatch() override;
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Ends only when all watched folders have gone.
  Next next(std::string& path, int milliseconds) override;

  // The caller wrote to the picture file itself, which does not make it a new picture.
  void keep_known(const std::string& picture);

 private:
  void watch(const std::string& folder);
  void forget(const std::string& folder);  // and those inside it
  void list_again();
  bool read_events(int milliseconds);
  bool handle(const inotify_event& event, std::string& path);
  bool is_unseen(const std::string& picture);
  bool is_new(const std::string& picture);
  std::optional<uint64_t> stamp_of(const std::string& picture) const;
  void report(const std::string& sentence) const;

  NamedInputs& named_;
  const ListingEvents& events_;
  ListingEvents inner_;  // with watch() for each folder
  int inotify_ = -1;
  std::unordered_map<int, std::string> folders_;  // by watch descriptor
  std::unordered_set<uint64_t> seen_;             // stamps: path, inode, size and time of the last change
  std::deque<std::string> new_folders_;
  std::unique_ptr<InputPictures> inputs_;  // being listed
  std::optional<FolderWalk> walk_;         // of a new folder
  std::vector<char> buffer_;               // events, from position_ on
  size_t position_ = 0, filled_ = 0;
};

}  // namespace tagloom
