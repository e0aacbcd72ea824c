// Reads stored (not compressed) files from a zip archive in memory, through libzip.
#include "engine/io/torch/torch_archive.h"

#include <zip.h>

#include <algorithm>

#include "engine/io/safetensors_header.h"
#include "kernels/base/error.h"
#include "kernels/text/shell_quoted.h"

namespace tagloom::detail {

struct TorchArchive::Handle {
  zip_t* zip = nullptr;
  ~Handle() {
    if (zip != nullptr) zip_discard(zip);
  }
};

namespace {

zip_t* open_zip(std::span<const std::byte> file, const std::string& path) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
  zip_t* zip = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  const std::string why = zip == nullptr ? zip_error_strerror(&error) : "";
  if (zip == nullptr && source != nullptr) zip_source_free(source);
  zip_error_fini(&error);
  TL_CHECK_AS(ErrorKind::kData, zip != nullptr, "{}: its zip archive cannot be read ({}): {}", path, why, kDamaged);
  return zip;
}

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

}  // namespace

bool is_zip(std::span<const std::byte> file) {
  constexpr std::byte kMagic[4] = {std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  return file.size() >= 4 && std::equal(kMagic, kMagic + 4, file.begin());
}

TorchArchive::TorchArchive(std::span<const std::byte> file, const std::string& path)
    : path_(path), unread_(file.size()), handle_(std::make_unique<Handle>()) {
  handle_->zip = open_zip(file, path);
  const zip_int64_t count = zip_get_num_entries(handle_->zip, 0);
  std::string root;  // "NAME/"
  bool is_script = false;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    const bool known = zip_stat_index(handle_->zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW, &stat) == 0 &&
                       (stat.valid & kNeeded) == kNeeded;
    TL_CHECK_AS(ErrorKind::kData, known, "{}: file {} of its zip archive has no size: {}", path, i, kDamaged);
    std::string name = stat.name;
    if (i == 0) root = name.substr(0, name.find('/') + 1);
    TL_CHECK_AS(ErrorKind::kData, name.starts_with(root), "{}: a zip archive that is not PyTorch's: it contains both {} and {}",
                path, quoted_name(root), quoted_name(name));
    name.erase(0, root.size());
    is_script = is_script || name == "constants.pkl" || name.starts_with("code/");
    const bool plain = stat.comp_method == ZIP_CM_STORE && stat.encryption_method == ZIP_EM_NONE && stat.size == stat.comp_size;
    const Stored stored{static_cast<size_t>(i), stat.size, (stat.valid & ZIP_STAT_CRC) != 0 && stat.crc != 0, plain};
    TL_CHECK_AS(ErrorKind::kData, files_.emplace(name, stored).second, "{}: its zip archive contains {} twice: {}", path,
                quoted_name(name), kDamaged);
  }
  TL_CHECK_AS(
      ErrorKind::kData, !is_script,
      "{}: a TorchScript program, which would have to be run: save its tensors alone with: python3 -c 'import sys, torch; "
      "torch.save(torch.jit.load(sys.argv[1]).state_dict(), sys.argv[2])' {} tensors.pth",
      path, shell_quoted(path));
  TL_CHECK_AS(ErrorKind::kData, contains("data.pkl"), "{}: a zip archive that is not PyTorch's: it contains no data.pkl", path);
}

TorchArchive::~TorchArchive() = default;

std::vector<std::byte> TorchArchive::read(const std::string& name) {
  const auto found = files_.find(name);
  TL_CHECK_AS(ErrorKind::kData, found != files_.end(), "{}: its zip archive contains no {}: {}", path_, quoted_name(name),
              kDamaged);
  const Stored& stored = found->second;
  TL_CHECK_AS(
      ErrorKind::kData, stored.plain,
      "{}: its file {} is compressed or encrypted, which PyTorch never does: unpack the archive and pack it with zip -0 -r",
      path_, quoted_name(name));
  TL_CHECK_AS(ErrorKind::kData, stored.size <= unread_, "{}: the files of its zip archive are larger than the archive: {}", path_,
              kDamaged);
  unread_ -= stored.size;
  const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen_index(handle_->zip, stored.index, 0));
  TL_CHECK_AS(ErrorKind::kData, entry != nullptr, "{}: its file {} cannot be read ({}): {}", path_, quoted_name(name),
              zip_strerror(handle_->zip), kDamaged);
  std::vector<std::byte> bytes(stored.size);
  const zip_int64_t got = zip_fread(entry.get(), bytes.data(), bytes.size());
  char more;
  const zip_int64_t after = stored.has_crc ? zip_fread(entry.get(), &more, 1) : 0;  // only at the end libzip compares the CRC
  TL_CHECK_AS(ErrorKind::kData, got == static_cast<zip_int64_t>(stored.size) && after == 0,
              "{}: its file {} cannot be read ({}): {}", path_, quoted_name(name), zip_file_strerror(entry.get()), kDamaged);
  return bytes;
}

}  // namespace tagloom::detail
