#include "tools/listing/path_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/listing/wait_for_input.h"

namespace tagloom {
namespace {

constexpr size_t kReadBytes = size_t{1} << 16, kLongestPath = size_t{1} << 16;

bool is_folder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

PathList::PathList(const std::string& file, char separator)
    : name_(file == "-" ? "standard input" : file), separator_(separator) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  descriptor_ = file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  TL_CHECK_AS(ErrorKind::kData, descriptor_ >= 0, "{}: cannot be opened: {}", name_, std::strerror(errno));
}

PathList::~PathList() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

Next PathList::next(std::string& path, int milliseconds) {
  while (!take(path)) {
    if (ended_) return Next::kEnd;
    if (!wait_for_input(descriptor_, milliseconds)) return Next::kNothingYet;
    read_more();
  }
  if (separator_ == '\n' && path.ends_with('\r')) path.pop_back();
  if (path.empty()) return Next::kSkipped;
  TL_CHECK_AS(ErrorKind::kData, path.find('\0') == path.npos, "{}: contains NUL characters: add -0", name_);
  if (is_folder(path)) {
    ++folders_;
    return Next::kSkipped;
  }
  ++paths_;
  return Next::kPicture;
}

// Moves the next path out of text_. Returns false if it has not been read completely.
bool PathList::take(std::string& path) {
  const size_t end = text_.find(separator_, searched_);
  if (end == text_.npos && (!ended_ || begin_ == text_.size())) {
    searched_ = text_.size();
    TL_CHECK_AS(ErrorKind::kData, text_.size() - begin_ <= kLongestPath,
                "{}: \"{}\" is longer than a path can be: separate paths by {}", name_,
                printable(std::string_view(text_).substr(begin_)), separator_ == '\n' ? "newlines, or by NULs with -0" : "NULs");
    return false;
  }
  path.assign(text_, begin_, end == text_.npos ? end : end - begin_);
  begin_ = searched_ = end == text_.npos ? text_.size() : end + 1;
  return true;
}

void PathList::read_more() {
  text_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const size_t size = text_.size();
  text_.resize(size + kReadBytes);
  const ssize_t count = ::read(descriptor_, text_.data() + size, kReadBytes);
  const int error = errno;
  text_.resize(size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  if (count == 0) ended_ = true;
  TL_CHECK_AS(ErrorKind::kData, count >= 0 || error == EINTR || error == EAGAIN, "{}: cannot be read: {}", name_,
              std::strerror(error));
}

}  // namespace tagloom
