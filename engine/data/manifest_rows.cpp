// Rows are views into the arrays; removing rows moves the later ones down.
#include "engine/data/manifest_rows.h"

#include <cstring>
#include <stdexcept>

#include "engine/io/hash.h"
#include "kernels/base/error.h"

namespace tagloom {

ManifestRow ManifestRows::operator[](size_t index) const {
  const Ends begin = begin_of(index), end = ends_[index];
  return {.path = std::string_view(paths_.data() + begin.path, end.path - begin.path),
          .tags = TagIds(tags_.data() + begin.tags, end.tags - begin.tags),
          .line = lines_[index]};
}

ManifestRow ManifestRows::at(size_t index) const {
  if (index >= size()) throw std::out_of_range("ManifestRows::at");
  return (*this)[index];
}

void ManifestRows::add(std::string_view path, TagIds tags, int64_t line) {
  tags_.append(tags);
  add(path, line);
}

void ManifestRows::add(std::string_view path, int64_t line) {
  TL_CHECK_AS(ErrorKind::kData, line >= 0 && line <= UINT32_MAX, "[manifest] line {} is beyond the most lines of a manifest, {}",
              line, UINT32_MAX);
  paths_.append(std::span(path.data(), path.size()));
  lines_.push_back(static_cast<uint32_t>(line));
  ends_.push_back({paths_.size(), tags_.size()});
}

int64_t ManifestRows::repeated_paths() const {
  std::vector<uint64_t> hashes;
  hashes.reserve(size());
  for (const ManifestRow row : *this) hashes.push_back(hash_bytes(std::as_bytes(std::span(row.path))));
  std::sort(hashes.begin(), hashes.end());
  return hashes.end() - std::unique(hashes.begin(), hashes.end());
}

void ManifestRows::map_tags(std::span<const int32_t> id_of) {
  size_t kept = 0, tag = 0;
  for (Ends& end : ends_) {
    for (; tag < end.tags; ++tag) {
      const int32_t id = id_of[static_cast<size_t>(tags_[tag])];
      if (id >= 0) tags_[kept++] = id;
    }
    end.tags = kept;
  }
  tags_.shrink(kept);
}

void ManifestRows::keep(const std::vector<bool>& kept_rows) {
  size_t kept = 0;
  Ends begin{0, 0}, kept_end{0, 0};
  for (size_t i = 0; i < size(); ++i) {
    const Ends end = ends_[i];
    if (kept_rows[i]) {
      const size_t path = end.path - begin.path, tags = end.tags - begin.tags;
      std::memmove(paths_.data() + kept_end.path, paths_.data() + begin.path, path);
      if (tags > 0) std::memmove(tags_.data() + kept_end.tags, tags_.data() + begin.tags, tags * sizeof(int32_t));
      kept_end = {kept_end.path + path, kept_end.tags + tags};
      lines_[kept] = lines_[i];
      ends_[kept++] = kept_end;
    }
    begin = end;
  }
  paths_.shrink(kept_end.path);
  tags_.shrink(kept_end.tags);
  lines_.shrink(kept);
  ends_.shrink(kept);
}

}  // namespace tagloom
