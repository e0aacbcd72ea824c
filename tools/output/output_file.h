#pragma once
// The file of --output: std::cout writes to it in whole batches, so that a run that is stopped leaves whole lines.
#include <cstdint>
#include <streambuf>
#include <string>

#include "tools/output/known_pictures.h"

namespace tagloom {

class OutputFile : public std::streambuf {
 public:
  // While it exists, std::cout writes to the file with each flush(). Locks the file. Throws Error(kData) if it cannot be written or another
  // process writes to it, and Error(kUsage) if it has contents and `resume` is false. A pipe or device is written as it is.
  OutputFile(const std::string& path, bool resume);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // After the heading of `format`, if it has one, was written to std::cout: keeps the heading for an empty file, and otherwise drops it, reads
  // the pictures that the file has, and cuts off half a row. Throws Error(kData) if the file is in another format.
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
  int64_t whole_bytes_ = 0;  // of the file
  KnownPictures known_;
  std::streambuf* former_ = nullptr;
};

}  // namespace tagloom
