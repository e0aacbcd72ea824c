#include "tools/output/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <utility>

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"
#include "tools/command_line/standard_output.h"

namespace tagloom {

OutputFile::OutputFile(const std::string& path, bool resume) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  TL_CHECK_AS(ErrorKind::kData, descriptor_ >= 0, "{}: cannot be written: {}", path, std::strerror(errno));
  const auto check = [this](ErrorKind kind, bool good, const char* problem) {
    if (good) return;
    ::close(descriptor_);
    fail(kind, "{}: {}", path_, problem);
  };
  struct stat status {};
  fstat(descriptor_, &status);
  regular_ = S_ISREG(status.st_mode);
  whole_bytes_ = regular_ ? status.st_size : 0;
  check(ErrorKind::kUsage, whole_bytes_ == 0 || resume,
        "already has contents: add --skip-existing to resume that run, or give another --output");
  check(ErrorKind::kData, !regular_ || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
        "another process is writing to it: wait for it to finish, or give another --output");
  former_ = std::cout.rdbuf(this);
}

OutputFile::~OutputFile() {
  std::cout.rdbuf(former_);
  ::close(descriptor_);
}

void OutputFile::begin(const std::string& format) {
  if (whole_bytes_ == 0) return;
  known_ = KnownPictures(path_, format, text_);
  const int64_t whole = known_.whole_bytes();
  if (whole > 0) text_.clear();  // the file already has the heading
  const bool cut = whole == whole_bytes_ || ::ftruncate(descriptor_, whole) == 0;
  TL_CHECK_AS(ErrorKind::kData, cut && ::lseek(descriptor_, whole, SEEK_SET) >= 0, "{}: cannot be written: {}", path_,
              std::strerror(errno));
  whole_bytes_ = whole;
}

OutputFile::int_type OutputFile::overflow(int_type c) {
  if (!traits_type::eq_int_type(c, traits_type::eof())) text_ += traits_type::to_char_type(c);
  return traits_type::not_eof(c);
}

std::streamsize OutputFile::xsputn(const char* text, std::streamsize count) {
  text_.append(text, static_cast<size_t>(count));
  return count;
}

int OutputFile::sync() {
  const std::string text = std::exchange(text_, {});  // also after an error, so that unwritten text is not tried again
  const int error = detail::write_fully(descriptor_, std::as_bytes(std::span(text)));
  if (error == EPIPE) throw OutputClosed();
  if (error != 0 && regular_) (void)!::ftruncate(descriptor_, whole_bytes_);
  TL_CHECK_AS(ErrorKind::kData, error == 0, "{}: cannot be written: {}", path_, std::strerror(error));
  whole_bytes_ += static_cast<int64_t>(text.size());
  return 0;
}

}  // namespace tagloom
