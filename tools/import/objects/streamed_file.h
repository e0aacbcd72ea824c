#pragma once
// Reads a file piece by piece, as an iterator over its bytes for nlohmann::json::sax_parse(): JSON of any size in constant memory.
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace tagloom {

class StreamedFile {
 public:
  // Throws Error(kData) if it is missing, a folder or unreadable. Reading also throws Interrupted (engine/core/interrupt.h).
  explicit StreamedFile(const std::filesystem::path& file);

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Iterator() = default;  // the end
    explicit Iterator(StreamedFile& file) : file_(&file) {}
    reference operator*() const { return *file_->next_; }
    Iterator& operator++() {
      ++file_->next_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_end() == other.at_end(); }
    bool operator!=(const Iterator& other) const { return !(*this == other); }

   private:
    bool at_end() const { return file_ == nullptr || (file_->next_ == file_->end_ && !file_->refill()); }
    StreamedFile* file_ = nullptr;
  };

  Iterator begin() { return Iterator(*this); }
  static Iterator end() { return {}; }

 private:
  bool refill();  // false at the end of the file

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<char> buffer_;
  const char *next_ = nullptr, *end_ = nullptr;
};

}  // namespace tagloom
