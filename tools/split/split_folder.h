#pragma once
// The folder of a split: a manifest for each part, and split.json, which records the contents of each part and lets a later split replace
// these files or keep their parts.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/data/manifest.h"
#include "tools/split/split_rows.h"

namespace tagloom {

// Texts of the parts' manifests, as the input's rows have them, with paths relative to `folder`; absolute paths stay absolute.
std::vector<std::string> part_texts(const Manifest& manifest, const SplitRows& rows, size_t parts,
                                    const std::filesystem::path& folder);

// The parts that the split in `folder` gave to its pictures: by the manifests there, of any format, and by split.json if there is
// one. Throws Error(kData) if the folder has no manifest and no record of any of the parts.
KeptParts read_kept_parts(const std::filesystem::path& folder, const std::vector<SplitPart>& parts);

// What is written besides the manifests' texts.
struct SplitRecord {
  std::string extension;  // of the manifests, ".tsv"
  std::string manifest;   // the input
  const std::vector<uint64_t>* contents = nullptr;
};

// Throws Error(kUsage) naming the first file in `folder` that the split would replace, unless `force` is set and an earlier split wrote it.
// Never replaces the input.
void check_replaceable_split(const std::filesystem::path& folder, const SplitRule& rule, const SplitRecord& record, bool force);

// Writes all manifests, or none if one cannot be written: old manifests of an earlier split are removed once the new ones are complete, and
// the folder never has a mixture.
void write_split(const std::filesystem::path& folder, const SplitRule& rule, const SplitRows& rows, const SplitRecord& record,
                 const std::vector<std::string>& texts, bool force);

}  // namespace tagloom
