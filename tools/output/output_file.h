#pragma once
// The --output file: std::cout writes to it in whole batches, so that a stopped run leaves whole lines.
#include <cstdint>
#include <streambuf>
#include <string>

#include "tools/output/known_pictures.h"

namespace tagloom {

class OutputFile : public std::streambuf {
 public:
  // During its lifetime, each flush() of std::cout writes to the file. Locks the file. Throws Error(kData) if it cannot be written or
  // another process is writing to it, and Error(kUsage) if it has contents and `resume` is false. Pipes and devices are written directly.
  OutputFile(const std::string& path, bool resume);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Call after writing the heading of `format`, if it has one, to std::cout. Keeps the heading if the file is empty. Otherwise drops it,
  // reads the pictures in the file, and removes a partial row from its end. Throws Error(kData) if the file is in another format.
  void begin(const std::string& format);
  const KnownPictures& known() const { return known_; }

 protected:
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* text, std::streamsize count) override;
  int sync() override;

 private:
  std::string path_, text_;
  int descriptor_ = -1;
  bool regular_ = false;
  int64_t whole_bytes_ = 0;  // size of the complete rows in the file
  KnownPictures known_;
  std::streambuf* former_ = nullptr;
};

}  // namespace tagloom
