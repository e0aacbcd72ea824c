#include "tools/import/objects/streamed_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "engine/core/interrupt.h"
#include "kernels/base/error.h"

namespace tagloom {

StreamedFile::StreamedFile(const std::filesystem::path& file) : name_(file.string()), buffer_(1 << 18) {
  struct stat info {};
  TL_CHECK_AS(ErrorKind::kData, ::stat(file.c_str(), &info) == 0, "{}: {}", name_, std::strerror(errno));
  TL_CHECK_AS(ErrorKind::kData, S_ISREG(info.st_mode), "{}: is not a regular file", name_);
  file_.reset(std::fopen(file.c_str(), "rb"));
  TL_CHECK_AS(ErrorKind::kData, file_ != nullptr, "{}: {}", name_, std::strerror(errno));
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
}

bool StreamedFile::refill() {
  if (Interrupt::signal() != 0) throw Interrupted{Interrupt::signal()};
  errno = 0;
  const size_t read = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
  TL_CHECK_AS(ErrorKind::kData, std::ferror(file_.get()) == 0, "{}: cannot be read: {}", name_, std::strerror(errno));
  next_ = buffer_.data();
  end_ = next_ + read;
  return read > 0;
}

}  // namespace tagloom
