#include "tools/command_line/standard_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <span>

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"

namespace tagloom {

StandardOutput::StandardOutput() : former_(std::cout.rdbuf(this)) {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  std::cout.exceptions(std::ios::badbit);  // passes on what sync() throws
  std::cerr.tie(nullptr);                  // a message must not throw
}

StandardOutput::~StandardOutput() {
  std::cout.exceptions(std::ios::goodbit);
  std::cout.rdbuf(former_);
  std::cerr.tie(&std::cout);
}

StandardOutput::int_type StandardOutput::overflow(int_type c) {
  sync();
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int StandardOutput::sync() {
  const std::span<const char> text(pbase(), pptr());
  setp(buffer_.data(), buffer_.data() + buffer_.size());  // also after an error: what could not be written is not tried again
  const int error = detail::write_fully(STDOUT_FILENO, std::as_bytes(text));
  if (error == EPIPE) throw OutputClosed();
  TL_CHECK_AS(ErrorKind::kData, error == 0, "standard output: cannot be written: {}", std::strerror(error));
  return 0;
}

}  // namespace tagloom
