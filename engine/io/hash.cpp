// XXH64 from the xxHash library, used header-only: programs need no shared library at run time.
#include "engine/io/hash.h"

#define XXH_INLINE_ALL
#define XXH_NO_XXH3
#include <xxhash.h>

#include <bit>

#include "engine/io/mapped_file.h"
#include "kernels/base/format.h"

namespace tagloom {

static_assert(std::endian::native == std::endian::little, "numbers are hashed as little-endian");

struct Hash64::State {
  XXH64_state_t xxh;
};

Hash64::Hash64(uint64_t seed) : state_(std::make_unique<State>()) { XXH64_reset(&state_->xxh, seed); }

Hash64::Hash64(Hash64&&) noexcept = default;
Hash64& Hash64::operator=(Hash64&&) noexcept = default;
Hash64::~Hash64() = default;

Hash64& Hash64::add(std::span<const std::byte> bytes) {
  XXH64_update(&state_->xxh, bytes.data(), bytes.size());
  return *this;
}

Hash64& Hash64::add_field(std::string_view text) {
  add_number(text.size());
  return add(text);
}

Hash64& Hash64::add_number(uint64_t value) { return add(std::as_bytes(std::span(&value, 1))); }

uint64_t Hash64::digest() const { return XXH64_digest(&state_->xxh); }

uint64_t hash_bytes(std::span<const std::byte> bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

uint64_t hash_file(const std::string& path) { return hash_bytes(MappedFile(path).bytes()); }

std::string hash_text(uint64_t hash) { return format("{:016x}", hash); }

}  // namespace tagloom
