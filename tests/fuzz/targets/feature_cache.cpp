// A feature cache: any bytes, or rows in a frame whose key and checksum are right.
#include "engine/data/feature_cache.h"

#include <algorithm>
#include <cstring>

#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {
namespace {

template <class T>
void append(std::string& file, const T& value) {
  file.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string framed(Choices choices, const FeatureCacheKey& key) {
  std::string file = "TLFEATUR";
  append(file, uint32_t{2});
  append(file, static_cast<uint32_t>(key.text().size()));
  append(file, choices.number());  // rows
  append(file, choices.number());  // values per row
  file += key.text();
  file.resize((file.size() + 63) / 64 * 64);
  file += text_of(choices.rest());
  append(file, hash_bytes(std::as_bytes(std::span(file))));
  return file;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace

void feature_cache(Input input) {
  const FeatureCacheKey key{
      .weights = 1, .backbone = "vgg16", .layer = "fc7", .transform = "t", .precision = "fp32", .device = "cpu"};
  Choices choices(input);
  const bool frame = choices.below(2);
  std::string reason;
  const auto open = [&](const std::string& file) { return FeatureCache::open(path_of(file), key, reason); };
  const auto cache = open(frame ? framed(choices, key) : std::string(text_of(choices.rest())));
  if (!cache) fail(ErrorKind::kData, "{}", reason);
  require(static_cast<int64_t>(cache->rows().size_bytes()) <= static_cast<int64_t>(input.size()), "more rows than the file has");

  const std::string file = written([&](const std::string& path) {
    FeatureCacheWriter writer(path, key, cache->count(), cache->dimension());
    for (int64_t row = 0; row < cache->count(); ++row) {
      if (cache->valid(row)) writer.add(row, cache->row(row));
    }
    writer.commit();
  });
  std::vector<std::vector<float>> before;  // the file below replaces the one that is mapped
  for (int64_t row = 0; row < cache->count(); ++row) {
    before.emplace_back();
    if (cache->valid(row)) before.back().assign(cache->row(row).begin(), cache->row(row).end());
  }
  const auto again = open(file);
  require(again && again->count() == static_cast<int64_t>(before.size()), "the cache is refused", reason);
  for (int64_t row = 0; row < again->count(); ++row) {
    const std::vector<float>& values = before[static_cast<size_t>(row)];
    require(again->valid(row) ? same_bits(again->row(row), values) : values.empty(), "a row changed");
  }
}

}  // namespace tagloom::fuzz
