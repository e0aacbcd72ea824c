// libarchive writes the headers; an AtomicFile receives its bytes.
#include "tools/packing/shard_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <exception>
#include <new>

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr int64_t kBlock = 512;

// A header and the content, in whole blocks.
int64_t bytes_in_tar(size_t content) { return kBlock + (static_cast<int64_t>(content) + kBlock - 1) / kBlock * kBlock; }

}  // namespace

class ShardWriter::Shard {
 public:
  explicit Shard(const std::string& path) : path_(path), file_(path), tar_(archive_write_new()) {
    if (tar_ == nullptr) throw std::bad_alloc();
    check(archive_write_set_format_ustar(tar_));
    check(archive_write_set_bytes_per_block(tar_, 0));  // no buffer: AtomicFile has one
    check(archive_write_open(tar_, this, nullptr, write_bytes, nullptr));
  }
  ~Shard() {
    archive_write_fail(tar_);  // without it, free writes the end of the archive
    archive_write_free(tar_);
  }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // All metadata is fixed, so that the same pictures give the same bytes.
  void add(const std::string& name, std::span<const uint8_t> content) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    check(archive_write_header(tar_, entry.get()));
    const auto written = archive_write_data(tar_, content.data(), content.size());
    check(written == static_cast<la_ssize_t>(content.size()) ? ARCHIVE_OK : ARCHIVE_FATAL);
    bytes_ += bytes_in_tar(content.size());
  }

  void finish() {
    check(archive_write_close(tar_));
    file_.commit();
  }

  int64_t bytes() const { return bytes_; }

 private:
  static la_ssize_t write_bytes(archive* tar, void* self, const void* bytes, size_t size) {
    auto& shard = *static_cast<Shard*>(self);
    try {
      shard.file_.write(std::span(static_cast<const std::byte*>(bytes), size));
      return static_cast<la_ssize_t>(size);
    } catch (...) {  // must not pass through C
      shard.failure_ = std::current_exception();
      archive_set_error(tar, EIO, "the shard cannot be written");
      return -1;
    }
  }

  void check(int result) {
    if (failure_) std::rethrow_exception(failure_);
    if (result == ARCHIVE_OK) return;
    const char* reason = archive_error_string(tar_);
    fail(ErrorKind::kData, "{}: cannot be written: {}", path_, reason == nullptr ? "unknown error" : reason);
  }

  std::string path_;
  AtomicFile file_;
  archive* tar_;
  int64_t bytes_ = 0;
  std::exception_ptr failure_;
};

ShardWriter::ShardWriter(std::filesystem::path folder, std::string name, int64_t number, int64_t shard_bytes)
    : folder_(std::move(folder)), name_(std::move(name)), number_(number), shard_bytes_(shard_bytes) {}

ShardWriter::~ShardWriter() = default;

void ShardWriter::add(const std::string& key, const std::string& extension, std::span<const uint8_t> picture,
                      const std::string& json) {
  const int64_t more = bytes_in_tar(picture.size()) + bytes_in_tar(json.size()), end = 2 * kBlock;
  if (shard_ && shard_->bytes() + more + end > shard_bytes_) finish();
  if (!shard_) shard_ = std::make_unique<Shard>((folder_ / shard_name(name_, number_++)).string());
  shard_->add(key + extension, picture);
  shard_->add(key + ".json", {reinterpret_cast<const uint8_t*>(json.data()), json.size()});
}

void ShardWriter::finish() {
  if (!shard_) return;
  shard_->finish();
  shard_.reset();
}

std::string shard_name(const std::string& name, int64_t number) { return format("{}-{:06}.tar", name, number); }

}  // namespace tagloom
