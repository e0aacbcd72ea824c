#pragma once
// The zip archive of torch.save(): NAME/data.pkl, NAME/byteorder, and NAME/data/KEY for each storage; used by torch_file.cpp only.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tagloom::detail {

bool is_zip(std::span<const std::byte> file);

class TorchArchive {
 public:
  // `file` must outlive the result. Throws Error(kData) if it is not such an archive, names a file twice, or is a TorchScript program.
  TorchArchive(std::span<const std::byte> file, const std::string& path);
  ~TorchArchive();
  TorchArchive(const TorchArchive&) = delete;
  TorchArchive& operator=(const TorchArchive&) = delete;

  bool contains(const std::string& name) const { return files_.contains(name); }
  // The name is without the archive's own: "data.pkl". All reads together return at most as many bytes as the file has, whatever the
  // archive states. Verifies the CRC unless it is 0, which PyTorch writes if CRCs are disabled. Throws Error(kData) if the file is absent,
  // compressed, encrypted or damaged.
  std::vector<std::byte> read(const std::string& name);

 private:
  struct Handle;
  struct Stored {
    size_t index = 0;  // in the archive
    uint64_t size = 0;
    bool has_crc = true;
    bool plain = true;  // neither compressed nor encrypted
  };

  const std::string& path_;
  size_t unread_;  // bytes that may still be read
  std::unordered_map<std::string, Stored> files_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace tagloom::detail
