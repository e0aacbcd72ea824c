#pragma once
// Lists the pictures in folders, then reports new ones with Linux's inotify.
//
// A folder is watched before it is listed, so nothing is missed in between; a picture that is both listed and reported is returned once. A
// file is returned when its writer closes it, or when it is moved or linked into place. If the kernel drops events, the folders are listed
// again. Folders that disappear before they are listed are no problem, unless they are inputs. Each picture seen takes about 40 bytes, each
// folder its path.
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

  // Ends only when all watched folders are gone.
  Next next(std::string& path, int milliseconds) override;

  // Whether next() has returned the picture with its present contents.
  bool returned(const std::string& picture) const;
  // Does not return the picture again with its present contents.
  void mark_seen(const std::string& picture);

 private:
  void watch(const std::string& folder);
  void forget(const std::string& folder);  // and its subfolders
  void list_again();
  bool read_events(int milliseconds);
  bool handle(const inotify_event& event, std::string& path);
  bool is_unseen(const std::string& picture);
  bool is_new(const std::string& picture);
  bool await_writer(const std::string& picture);
  std::optional<uint64_t> stamp_of(const std::string& picture) const;
  void report(const std::string& sentence) const;
  bool report_if_input(const std::string& folder) const;

  NamedInputs& named_;
  const ListingEvents& events_;
  ListingEvents inner_;  // calls watch() for each folder
  int inotify_ = -1;
  bool limit_reported_ = false;
  std::unordered_map<int, std::string> folders_;  // by watch descriptor
  std::unordered_map<int, std::string> awaited_;  // by watch descriptor: files that are being written
  std::unordered_set<uint64_t> seen_;             // stamps: path, inode, size and time of the last change
  std::deque<std::string> new_folders_;
  std::unique_ptr<InputPictures> inputs_;  // being listed
  std::optional<FolderWalk> walk_;         // of a new folder
  std::vector<char> buffer_;               // unprocessed events begin at position_
  size_t position_ = 0, filled_ = 0;
};

}  // namespace tagloom
