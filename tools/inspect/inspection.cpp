#include "tools/inspect/inspection.h"
#include "engine/data/packs/pack_index.h"

#include <algorithm>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::vector<CountedTag> most_frequent_first(std::map<std::string, int64_t> counts) {
  std::vector<CountedTag> result;
  for (const auto& [name, count] : counts) result.push_back({name, count});
  std::stable_sort(result.begin(), result.end(),
                   [](const CountedTag& a, const CountedTag& b) { return a.pictures > b.pictures; });
  return result;
}

ManifestFacts count_rows(const Manifest& manifest) {
  ManifestFacts facts;
  std::vector<int64_t> count_of(manifest.tag_names.size());
  facts.pictures = static_cast<int64_t>(manifest.rows.size());
  facts.repeated_tags = manifest.repeated_tags;
  for (const ManifestRow row : manifest.rows) {
    for (const int32_t tag : row.tags) ++count_of[static_cast<size_t>(tag)];
    const int64_t tags = static_cast<int64_t>(row.tags.size());
    facts.tags_in_all += tags;
    facts.untagged += tags == 0;
    ++facts.pictures_by_tags[tags];
  }
  facts.repeated_pictures = manifest.rows.repeated_paths();
  std::map<std::string, int64_t> counts;
  for (size_t tag = 0; tag < count_of.size(); ++tag) counts[manifest.tag_names[tag]] = count_of[tag];
  facts.tags = most_frequent_first(std::move(counts));
  return facts;
}

void compare_with_words(const Vocabulary& words, ManifestFacts& facts) {
  std::set<std::string> used;
  for (const CountedTag& tag : facts.tags) {
    used.insert(tag.name);
    if (words.find(tag.name) < 0) facts.unknown.push_back(tag);
  }
  for (const std::string& word : words.names()) {
    if (!used.contains(word)) facts.unused.push_back(word);
  }
}

void add_damaged_shards(const Pack& pack, ManifestFacts& facts) {
  for (std::string& damaged : damaged_shards(pack)) {
    facts.unreadable.push_back(std::move(damaged));
    facts.failed_lines.insert(0);
  }
}

// Adds what was found about the pictures of one manifest, which begin at `first`.
void add_pictures(const Inspection& inspection, size_t first, ManifestFacts& facts) {
  std::map<std::pair<int, int>, int64_t> sizes;
  for (size_t i = first; i < first + static_cast<size_t>(facts.pictures); ++i) {
    const ScannedPicture& picture = inspection.pictures[i];
    const PictureRow& row = inspection.rows[i];
    if (picture.failed()) facts.failed_lines.insert(row.entry().line);
    if (picture.missing)
      facts.missing.push_back(row.place() + ": " + std::string(row.entry().path));
    else if (!picture.problem.empty())
      facts.unreadable.push_back(row.place() + ": " + picture.problem);
    else
      ++sizes[{picture.width, picture.height}];
  }
  facts.sizes.assign(sizes.begin(), sizes.end());
  std::stable_sort(facts.sizes.begin(), facts.sizes.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
}

std::set<std::string> tags_of_row(const PictureRow& row) {
  std::set<std::string> tags;
  for (const int32_t tag : row.entry().tags) tags.insert(row.manifest->tag_names[static_cast<size_t>(tag)]);
  return tags;
}

void find_duplicates(Inspection& inspection, int64_t threads, Progress& progress) {
  for (std::vector<PictureCopy>& copies : find_copies(inspection.rows, inspection.pictures, threads, progress)) {
    DuplicateGroup group{std::move(copies)};
    const auto row = [&](const PictureCopy& copy) -> const PictureRow& {
      return inspection.rows[static_cast<size_t>(copy.picture)];
    };
    const PictureRow& first = row(group.copies[0]);
    for (const PictureCopy& copy : group.copies) {
      group.across = group.across || row(copy).manifest != first.manifest;
      group.different_tags = group.different_tags || tags_of_row(row(copy)) != tags_of_row(first);
    }
    inspection.duplicates.push_back(std::move(group));
  }
  std::stable_sort(inspection.duplicates.begin(), inspection.duplicates.end(),
                   [](const DuplicateGroup& a, const DuplicateGroup& b) {
                     return std::pair(!a.across, !a.different_tags) < std::pair(!b.across, !b.different_tags);
                   });
}

void find_similar_tags(Inspection& inspection) {
  std::map<std::string, int64_t> counts;
  for (const ManifestFacts& facts : inspection.facts) {
    for (const CountedTag& tag : facts.tags) counts[tag.name] += tag.pictures;
  }
  inspection.similar = similar_tags(most_frequent_first(std::move(counts)));
}

}  // namespace

int64_t Inspection::copies_across() const {
  return std::count_if(duplicates.begin(), duplicates.end(), [](const DuplicateGroup& group) { return group.across; });
}

int64_t Inspection::with_different_tags() const {
  return std::count_if(duplicates.begin(), duplicates.end(), [](const DuplicateGroup& group) { return group.different_tags; });
}

bool Inspection::failed() const {
  return std::any_of(facts.begin(), facts.end(), [](const ManifestFacts& one) { return !one.failed_lines.empty(); });
}

void inspect_manifests(Inspection& inspection, const InspectionOptions& options, Progress& progress) {
  inspection.has_words = options.words != nullptr;
  for (const Manifest& manifest : inspection.manifests) {
    inspection.facts.push_back(count_rows(manifest));
    if (options.words != nullptr) compare_with_words(*options.words, inspection.facts.back());
  }
  inspection.rows = rows_of(inspection.manifests);  // after the counts, which take memory too
  find_similar_tags(inspection);
  if (!options.pictures) return;
  inspection.has_pictures = true;
  inspection.pictures = scan_pictures(inspection.rows, options.threads, progress);
  size_t first = 0;
  for (size_t i = 0; i < inspection.facts.size(); ++i) {
    ManifestFacts& facts = inspection.facts[i];
    add_pictures(inspection, first, facts);
    first += static_cast<size_t>(facts.pictures);
    if (inspection.manifests[i].pack) add_damaged_shards(*inspection.manifests[i].pack, facts);
  }
  for (size_t i = 0; i < inspection.pictures.size(); ++i) {
    if (!inspection.pictures[i].kind.empty()) inspection.misnamed.push_back(static_cast<int64_t>(i));
  }
  find_duplicates(inspection, options.threads, progress);
}

}  // namespace tagloom
