// Writes and maps feature caches; a file that fails any check is not used.
#include "engine/data/feature_cache.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

static_assert(std::endian::native == std::endian::little, "feature caches are mapped as stored, little-endian");

constexpr char kMagic[8] = {'T', 'L', 'F', 'E', 'A', 'T', 'U', 'R'};
constexpr uint32_t kFileVersion = 2;
constexpr uint64_t kRowAlignment = 64;
constexpr size_t kTrialBytes = 1 << 19;  // more than the buffer of AtomicFile, so that it is written

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t key_bytes;
  uint64_t count;
  uint64_t dimension;
};
static_assert(sizeof(Header) == 32);

uint64_t rows_offset(uint64_t key_bytes) {
  return (sizeof(Header) + key_bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
}

// 0 if the sizes overflow.
uint64_t file_bytes(const Header& header) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  if (header.dimension == 0 || header.dimension > kMost || header.count > kMost / header.dimension) return 0;
  return rows_offset(header.key_bytes) + header.count * header.dimension * sizeof(float) + header.count + sizeof(uint64_t);
}

// The first line in which the texts differ, as "its precision is bf16, expected fp32".
std::string first_difference(std::string_view stored, std::string_view needed) {
  while (!stored.empty() || !needed.empty()) {
    const std::string_view a = stored.substr(0, stored.find('\n')), b = needed.substr(0, needed.find('\n'));
    const size_t equals = b.find('=');
    if (a != b && equals != b.npos && a.substr(0, equals) == b.substr(0, equals))
      return format("its {} is {}, expected {}", b.substr(0, equals), a.substr(equals + 1), b.substr(equals + 1));
    if (a != b) break;
    stored.remove_prefix(std::min(a.size() + 1, stored.size()));
    needed.remove_prefix(std::min(b.size() + 1, needed.size()));
  }
  return "it was made for something else";
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string FeatureCacheKey::text() const {
  return format("weights={}\nbackbone={}\nlayer={}\ntransform={}\nprecision={}\ndevice={}\ndataset={}\n", hash_text(weights),
                backbone, layer, transform, precision, device, hash_text(dataset));
}

std::filesystem::path FeatureCacheKey::file_name() const {
  return format("features-{}-{}.bin", backbone, hash_text(Hash64().add(text()).digest()));
}

std::filesystem::path default_cache_folder() {
  if (const std::string folder = environment("TAGLOOM_CACHE"); !folder.empty()) return folder;
  if (const std::string folder = environment("XDG_CACHE_HOME"); !folder.empty()) return std::filesystem::path(folder) / "tagloom";
  const std::string home = environment("HOME");
  TL_CHECK(!home.empty(), "no folder for caches: set TAGLOOM_CACHE to one (HOME is not set)");
  return std::filesystem::path(home) / ".cache" / "tagloom";
}

std::optional<FeatureCache> FeatureCache::open(const std::filesystem::path& file, const FeatureCacheKey& key,
                                               std::string& reason) {
  const auto absent = [&](const std::string& why) {
    reason = file.string() + ": " + why;
    return std::nullopt;
  };
  FeatureCache cache;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return absent("there is no such cache yet");
  try {
    cache.file_ = MappedFile(file.string());
  } catch (const Error& error) {
    reason = error.what();
    return std::nullopt;
  }
  const std::span<const std::byte> bytes = cache.file_.bytes();
  Header header;
  if (bytes.size() < sizeof header) return absent("it is too short for a feature cache");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return absent("it is not a feature cache");
  if (header.version < 1 || header.version > kFileVersion)
    return absent(format("it has version {}, this program reads versions 1 and {}", header.version, kFileVersion));
  if (file_bytes(header) != bytes.size())
    return absent(format("it has {} bytes, but its header requires {}", bytes.size(), file_bytes(header)));
  const std::string_view stored(reinterpret_cast<const char*>(bytes.data()) + sizeof header, header.key_bytes);
  if (stored != key.text()) return absent(first_difference(stored, key.text()));

  const size_t body = bytes.size() - sizeof(uint64_t);
  uint64_t checksum;
  std::memcpy(&checksum, bytes.data() + body, sizeof checksum);
  if (checksum != hash_bytes(bytes.first(body))) return absent("its checksum is wrong, the file is damaged");

  cache.count_ = static_cast<int64_t>(header.count);
  cache.dimension_ = static_cast<int64_t>(header.dimension);
  const std::byte* rows = bytes.data() + rows_offset(header.key_bytes);
  const size_t values = header.count * header.dimension;
  cache.rows_ = {reinterpret_cast<const float*>(rows), values};
  cache.valid_ = {reinterpret_cast<const uint8_t*>(rows + values * sizeof(float)), header.count};
  if (header.version == 1 && std::find(cache.valid_.begin(), cache.valid_.end(), 0) != cache.valid_.end())
    return absent("version 1 may mark pictures as unreadable because of an I/O error");
  return cache;
}

namespace {

void create_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  TL_CHECK_AS(ErrorKind::kData, !problem, "{}: the folder cannot be created: {}", folder.string(), problem.message());
}

std::filesystem::path with_folder(const std::filesystem::path& file) {
  if (file.has_parent_path()) {
    create_folder(file.parent_path());
    sweep_temporaries(file.parent_path().string());
  }
  return file;
}

Header make_header(const FeatureCacheKey& key, int64_t count, int64_t dimension) {
  TL_CHECK(count >= 0 && dimension > 0, "[feature_cache] cannot hold {} rows of {} values", count, dimension);
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kFileVersion;
  header.key_bytes = static_cast<uint32_t>(key.text().size());
  header.count = static_cast<uint64_t>(count);
  header.dimension = static_cast<uint64_t>(dimension);
  TL_CHECK(file_bytes(header) > 0, "[feature_cache] cannot hold {} rows of {} values", count, dimension);
  return header;
}

}  // namespace

void try_cache_folder(const std::filesystem::path& folder) {
  create_folder(folder);
  AtomicFile trial((folder / "trial").string());  // not committed, so only its temporary file ever exists
  trial.write(std::string(kTrialBytes, '\0'));
}

FeatureCacheWriter::FeatureCacheWriter(const std::filesystem::path& file, const FeatureCacheKey& key, int64_t count,
                                       int64_t dimension)
    : count_(count),
      dimension_(dimension),
      out_(with_folder(file).string(), static_cast<int64_t>(file_bytes(make_header(key, count, dimension)))) {
  const Header header = make_header(key, count, dimension);
  valid_.resize(header.count);
  const std::string text = key.text();
  const std::string padding(rows_offset(text.size()) - sizeof header - text.size(), '\0');
  write(std::as_bytes(std::span(&header, 1)));
  write(std::as_bytes(std::span(text)));
  write(std::as_bytes(std::span(padding)));
}

void FeatureCacheWriter::write(std::span<const std::byte> bytes) {
  checksum_.add(bytes);
  out_.write(bytes);
}

void FeatureCacheWriter::skip_to(int64_t row) {
  if (next_ >= row) return;
  const std::vector<float> zeros(static_cast<size_t>(dimension_));
  for (; next_ < row; ++next_) write(std::as_bytes(std::span(zeros)));
}

void FeatureCacheWriter::add(int64_t row, std::span<const float> features) {
  TL_CHECK(row >= next_ && row < count_, "[feature_cache] row {} cannot be added now: only rows {} to {} can", row, next_,
           count_ - 1);
  TL_CHECK(static_cast<int64_t>(features.size()) == dimension_, "[feature_cache] row {} has {} values, expected {}", row,
           features.size(), dimension_);
  skip_to(row);
  write(std::as_bytes(features));
  valid_[static_cast<size_t>(row)] = 1;
  ++next_;
}

void FeatureCacheWriter::commit() {
  skip_to(count_);
  write(std::as_bytes(std::span(valid_)));
  const uint64_t checksum = checksum_.digest();
  write(std::as_bytes(std::span(&checksum, 1)));
  out_.commit();
}

}  // namespace tagloom
