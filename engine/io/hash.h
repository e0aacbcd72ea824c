#pragma once
// A fast 64-bit content hash (XXH64) that names caches and detects damaged files: several GB/s on one core, not cryptographic.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tagloom {

// The value depends only on the bytes, not on how add() calls split them; `xxhsum -H1` prints the same number.
class Hash64 {
 public:
  explicit Hash64(uint64_t seed = 0);
  Hash64(Hash64&&) noexcept;
  Hash64& operator=(Hash64&&) noexcept;
  ~Hash64();

  Hash64& add(std::span<const std::byte> bytes);
  Hash64& add(std::string_view text) { return add(std::as_bytes(std::span(text))); }
  // Adds a text with its length, so that ("ab", "c") and ("a", "bc") differ. Numbers are added as 8 little-endian bytes.
  Hash64& add_field(std::string_view text);
  Hash64& add_number(uint64_t value);

  uint64_t digest() const;  // of everything so far; more may follow

 private:
  struct State;  // wraps the library's type; only hash.cpp includes its header
  std::unique_ptr<State> state_;
};

uint64_t hash_bytes(std::span<const std::byte> bytes);
uint64_t hash_file(const std::string& path);  // throws kData if it cannot be read
std::string hash_text(uint64_t hash);         // 16 lower-case hexadecimal digits

}  // namespace tagloom
