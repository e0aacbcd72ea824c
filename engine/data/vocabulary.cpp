// Counts and orders a manifest's tags; reads and writes vocabulary.txt.
#include "engine/data/vocabulary.h"

#include <algorithm>
#include <numeric>

#include "engine/data/formats/text_lines.h"
#include "engine/io/atomic_file.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {

Vocabulary::Vocabulary(std::vector<std::string> names) : names_(std::move(names)) {
  for (size_t id = 0; id < names_.size(); ++id) {
    TL_CHECK(!names_[id].empty(), "[vocabulary] tag {} has no name", id);
    TL_CHECK(names_[id] == trim(names_[id]) && names_[id].find_first_of("\n\r") == std::string::npos,
             "[vocabulary] tag {}, \"{}\", begins or ends with a space or contains a line break", id, names_[id]);
    const auto [known, added] = ids_.emplace(names_[id], static_cast<int32_t>(id));
    TL_CHECK(added, "[vocabulary] \"{}\" is both tag {} and tag {}", names_[id], known->second, id);
  }
}

Vocabulary Vocabulary::from_manifest(const Manifest& manifest, const VocabularyOptions& settings) {
  std::vector<int64_t> count(manifest.tag_names.size());
  for (const ManifestRow row : manifest.rows)
    for (const int32_t tag : row.tags) ++count[tag];

  std::vector<int32_t> order(count.size());
  std::iota(order.begin(), order.end(), 0);
  std::erase_if(order, [&](int32_t tag) { return count[tag] < settings.minimum_count; });
  TL_CHECK_AS(ErrorKind::kData, !order.empty(), "{}: none of its {} tags occurs at least {} times", manifest.file.string(),
              count.size(), settings.minimum_count);
  const auto& names = manifest.tag_names;
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    if (settings.order == TagOrder::kFile) return a < b;
    if (settings.order == TagOrder::kFrequency && count[a] != count[b]) return count[a] > count[b];
    return names[a] < names[b];
  });
  std::vector<std::string> ordered;
  for (const int32_t tag : order) ordered.push_back(names[tag]);
  return Vocabulary(std::move(ordered));
}

Vocabulary Vocabulary::load(const std::filesystem::path& file) {
  const std::string text = read_text_or_pipe(file);
  TextLines lines(text, file.string());
  std::vector<std::string> names;
  std::map<std::string, int64_t, std::less<>> line_of;
  while (lines.next()) {
    const std::string name(trim(lines.line()));
    TL_CHECK_AS(ErrorKind::kData, !name.empty(), "{}: is empty; every line must be a tag", lines.place());
    const auto [known, added] = line_of.emplace(name, lines.number());
    TL_CHECK_AS(ErrorKind::kData, added, "{}: tag \"{}\" is already on line {}", lines.place(), name, known->second);
    names.push_back(name);
  }
  TL_CHECK_AS(ErrorKind::kData, !names.empty(), "{}: contains no tags", file.string());
  return Vocabulary(std::move(names));
}

void Vocabulary::save(const std::filesystem::path& file) const {
  std::string text;
  for (const std::string& name : names_) text += name + "\n";
  write_file_atomically(file.string(), text);
}

const std::string& Vocabulary::name(int64_t id) const {
  TL_CHECK(id >= 0 && id < size(), "[vocabulary] there is no tag {}, the last of {} is {}", id, size(), size() - 1);
  return names_[static_cast<size_t>(id)];
}

int32_t Vocabulary::find(std::string_view name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? -1 : found->second;
}

}  // namespace tagloom
