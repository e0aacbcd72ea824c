// XXH64: four lanes of multiply-rotate-multiply over 32-byte stripes, merged and avalanched at the end.
#include "engine/io/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/io/mapped_file.h"

namespace tagloom {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as little-endian");

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87u;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4Fu;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9u;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63u;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5u;
constexpr size_t kStripe = 32;

template <class Word>
Word load(const std::byte* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

uint64_t round_of(uint64_t lane, uint64_t word) { return std::rotl(lane + word * kPrime2, 31) * kPrime1; }

void eat_stripe(std::array<uint64_t, 4>& lanes, const std::byte* p) {
  for (size_t i = 0; i < 4; ++i) lanes[i] = round_of(lanes[i], load<uint64_t>(p + 8 * i));
}

}  // namespace

Hash64::Hash64(uint64_t seed) : lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1}, pending_{}, seed_(seed) {}

Hash64& Hash64::add(std::span<const std::byte> bytes) {
  total_bytes_ += bytes.size();
  if (pending_bytes_ > 0) {
    const size_t count = std::min(kStripe - pending_bytes_, bytes.size());
    std::copy_n(bytes.begin(), count, pending_.begin() + static_cast<std::ptrdiff_t>(pending_bytes_));
    pending_bytes_ += count;
    bytes = bytes.subspan(count);
    if (pending_bytes_ < kStripe) return *this;
    eat_stripe(lanes_, pending_.data());
    pending_bytes_ = 0;
  }
  std::array<uint64_t, 4> lanes = lanes_;  // in registers for the long loop
  const std::byte* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= kStripe; left -= kStripe, p += kStripe) eat_stripe(lanes, p);
  lanes_ = lanes;
  std::copy_n(p, left, pending_.begin());
  pending_bytes_ = left;
  return *this;
}

Hash64& Hash64::add_field(std::string_view text) {
  add_number(text.size());
  return add(text);
}

Hash64& Hash64::add_number(uint64_t value) { return add(std::as_bytes(std::span(&value, 1))); }

uint64_t Hash64::digest() const {
  uint64_t h = seed_ + kPrime5;
  if (total_bytes_ >= kStripe) {
    h = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) + std::rotl(lanes_[3], 18);
    for (const uint64_t lane : lanes_) h = (h ^ round_of(0, lane)) * kPrime1 + kPrime4;
  }
  h += total_bytes_;
  const std::byte* p = pending_.data();
  const std::byte* const end = p + pending_bytes_;
  for (; p + 8 <= end; p += 8) h = std::rotl(h ^ round_of(0, load<uint64_t>(p)), 27) * kPrime1 + kPrime4;
  for (; p + 4 <= end; p += 4) h = std::rotl(h ^ (load<uint32_t>(p) * kPrime1), 23) * kPrime2 + kPrime3;
  for (; p < end; ++p) h = std::rotl(h ^ (std::to_integer<uint64_t>(*p) * kPrime5), 11) * kPrime1;
  h = (h ^ (h >> 33)) * kPrime2;
  h = (h ^ (h >> 29)) * kPrime3;
  return h ^ (h >> 32);
}

uint64_t hash_bytes(std::span<const std::byte> bytes) { return Hash64().add(bytes).digest(); }

uint64_t hash_file(const std::string& path) { return hash_bytes(MappedFile(path).bytes()); }

std::string hash_text(uint64_t hash) {
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; hash >>= 4) text[i] = "0123456789abcdef"[hash & 15];
  return text;
}

}  // namespace tagloom
