#pragma once
// Makes failed writes to std::cout throw with the system's reason.
#include <array>
#include <streambuf>

namespace tagloom {

// Thrown when the reader of standard output has gone, as in `tagpredict RUN photos/ | head -1`.
struct OutputClosed {};

// While it exists, std::cout writes through it. A write that fails throws out of the operator<< or flush() that caused it: OutputClosed
// for a pipe without a reader, else Error(kData) with the system's reason.
class StandardOutput : public std::streambuf {
 public:
  StandardOutput();
  ~StandardOutput() override;
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  std::array<char, 1 << 16> buffer_;
  std::streambuf* former_;
};

}  // namespace tagloom
