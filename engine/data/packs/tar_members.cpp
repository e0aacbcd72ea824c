// libarchive parses the headers, and gives views into the memory that it reads.
#include "engine/data/packs/tar_members.h"

#include <archive.h>
#include <archive_entry.h>

#include <new>

#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {

struct TarMembers::Reader {
  archive* handle = archive_read_new();
  ~Reader() { archive_read_free(handle); }

  std::string error() const {
    const char* text = archive_error_string(handle);
    return text == nullptr ? "damaged" : printable(text);
  }
};

TarMembers::TarMembers(std::span<const std::byte> archive, std::string file)
    : archive_(archive), file_(std::move(file)), reader_(std::make_unique<Reader>()) {
  if (reader_->handle == nullptr) throw std::bad_alloc();
  TL_CHECK_AS(ErrorKind::kData, !archive.empty(), "{}: is empty", file_);
  archive_read_support_format_tar(reader_->handle);
  const int result = archive_read_open_memory(reader_->handle, archive.data(), archive.size());
  TL_CHECK_AS(ErrorKind::kData, result == ARCHIVE_OK, "{}: is not an uncompressed tar file: {}", file_, reader_->error());
}

TarMembers::~TarMembers() = default;

bool TarMembers::next() {
  while (true) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(reader_->handle, &entry);
    if (result == ARCHIVE_EOF) return false;
    TL_CHECK_AS(ErrorKind::kData, result == ARCHIVE_OK || result == ARCHIVE_WARN, "{}: is not an uncompressed tar file: {}",
                file_, reader_->error());
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) continue;
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);
    TL_CHECK_AS(ErrorKind::kData, name != nullptr && *name != '\0', "{}: has a file without a name", file_);
    name_ = name;
    const int64_t size = archive_entry_size(entry);
    content_ = entry_content();
    TL_CHECK_AS(ErrorKind::kData, size == static_cast<int64_t>(content_.size()), "{}: {} is sparse, or the archive ends in it",
                file_, printable(name_));
    return true;
  }
}

// The archive is one block to libarchive, so a file in it is one too, and not a copy.
std::span<const uint8_t> TarMembers::entry_content() {
  const void* block = nullptr;
  size_t size = 0;
  int64_t offset = 0;
  const int result = archive_read_data_block(reader_->handle, &block, &size, &offset);
  if (result == ARCHIVE_EOF) return {};
  TL_CHECK_AS(ErrorKind::kData, result == ARCHIVE_OK, "{}: {}: {}", file_, printable(name_), reader_->error());
  const auto begin = reinterpret_cast<uintptr_t>(archive_.data()), at = reinterpret_cast<uintptr_t>(block);
  const bool inside = offset == 0 && at >= begin && at - begin <= archive_.size() && size <= archive_.size() - (at - begin);
  TL_CHECK_AS(ErrorKind::kData, inside, "{}: {} is sparse", file_, printable(name_));
  return {static_cast<const uint8_t*>(block), size};
}

}  // namespace tagloom
