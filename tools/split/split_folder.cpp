#include "tools/split/split_folder.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/io/atomic_file.h"
#include "engine/io/folder.h"
#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"
#include "tools/split/manifest_text.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr char kSplitRecord[] = "split.json";
constexpr char kMadeBySplit[] = "tagdata split";

using Json = nlohmann::ordered_json;

// Empty if the folder has no record of a split.
Json record_in(const fs::path& folder) {
  const fs::path file = folder / kSplitRecord;
  if (!is_taken(file)) return {};
  Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  const bool ours = json.is_object() && json.value("made_by", Json()) == kMadeBySplit &&
                    json.value("files", Json()).is_object() && json.value("pictures", Json()).is_object();
  TL_CHECK_AS(ErrorKind::kData, ours, "{}: is not a record of tagdata split: move it away, or choose another folder",
              file.string());
  return json;
}

// Whether the file is as the split of this record wrote it.
bool is_as_written(const fs::path& folder, const std::string& name, const Json& record) {
  if (name == kSplitRecord) return !record.empty();
  const Json hash = record.empty() ? Json() : record["files"].value(name, Json());
  return hash.is_string() && fs::is_regular_file(fs::symlink_status(folder / name)) &&
         hash_text(hash_file((folder / name).string())) == hash.get<std::string>();
}

std::string file_name(const SplitPart& part, const SplitRecord& record) { return part.name + record.extension; }

std::optional<uint64_t> parsed_hash(const std::string& text) {
  uint64_t hash = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(hash) : std::nullopt;
}

// The path of a picture from `folder`. Both folders are without links, so that each ".." of the row is the folder above.
std::string path_from(const fs::path& folder, fs::path manifest_folder, const std::string& path) {
  if (fs::path(path).is_absolute() || folder == manifest_folder) return path;
  std::string_view rest = path;
  while (true) {
    if (rest.starts_with("./"))
      rest.remove_prefix(2);
    else if (rest.starts_with("../") && manifest_folder.has_relative_path()) {
      rest.remove_prefix(3);
      manifest_folder = manifest_folder.parent_path();
    } else
      break;
  }
  const fs::path between = manifest_folder.lexically_relative(folder);
  return between == "." ? std::string(rest) : (between / rest).string();
}

std::string split_record_text(const SplitRule& rule, const SplitRows& rows, const SplitRecord& record,
                              const std::vector<std::string>& texts) {
  Json json = {{"made_by", kMadeBySplit},   {"manifest", record.manifest}, {"by", rule.stratify ? "stratify" : "hash"},
               {"seed", rule.seed},         {"shares", Json::object()},    {"files", Json::object()},
               {"pictures", Json::object()}};
  std::vector<std::vector<std::string>> pictures(rule.parts.size());
  for (size_t row = 0; row < rows.part.size(); ++row)
    pictures[static_cast<size_t>(rows.part[row])].push_back(hash_text((*record.contents)[row]));
  for (size_t part = 0; part < rule.parts.size(); ++part) {
    const SplitPart& one = rule.parts[part];
    json["shares"][one.name] = one.share;
    json["files"][file_name(one, record)] = hash_text(hash_bytes(std::as_bytes(std::span(texts[part]))));
    std::sort(pictures[part].begin(), pictures[part].end());
    pictures[part].erase(std::unique(pictures[part].begin(), pictures[part].end()), pictures[part].end());
    json["pictures"][one.name] = std::move(pictures[part]);
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::vector<std::string> part_texts(const Manifest& manifest, const SplitRows& rows, size_t parts, const fs::path& folder) {
  const ManifestText text(manifest);
  const fs::path from = fs::weakly_canonical(fs::absolute(manifest.file).parent_path());
  const fs::path to = fs::weakly_canonical(fs::absolute(folder));
  std::vector<std::string> texts(parts, std::string(text.heading()));
  for (const RowText& row : text.rows()) {
    const std::string path(manifest.rows[static_cast<size_t>(row.row)].path), moved = path_from(to, from, path);
    std::string& out = texts[static_cast<size_t>(rows.part[static_cast<size_t>(row.row)])];
    out.append(moved == path ? std::string(row.text) : text.with_path(row, moved)).append(text.line_end());
  }
  return texts;
}

KeptParts read_kept_parts(const fs::path& folder, const std::vector<SplitPart>& parts) {
  KeptParts kept;
  const Json record = record_in(folder);
  const fs::path place = fs::weakly_canonical(fs::absolute(folder));
  bool any = false;
  for (size_t part = 0; part < parts.size(); ++part) {
    const std::string& name = parts[part].name;
    for (const char* extension : {".tsv", ".csv", ".jsonl"}) {
      const fs::path file = folder / (name + extension);
      if (!is_taken(file)) continue;
      any = true;
      for (const ManifestRow row : read_manifest(file).rows)
        kept.by_path.emplace(place_of(place, std::string(row.path)), static_cast<int32_t>(part));
    }
    if (record.empty() || !record["pictures"].contains(name)) continue;
    any = true;
    for (const Json& hash : record["pictures"][name]) {
      if (const auto content = hash.is_string() ? parsed_hash(hash) : std::nullopt)
        kept.by_content.emplace(*content, static_cast<int32_t>(part));
    }
  }
  TL_CHECK_AS(ErrorKind::kData, any, "{}: --keep found no manifest of a part, such as {}.tsv", folder.string(), parts[0].name);
  return kept;
}

void check_replaceable_split(const fs::path& folder, const SplitRule& rule, const SplitRecord& record, bool force) {
  std::vector<std::string> names = {kSplitRecord};
  for (const SplitPart& part : rule.parts) names.push_back(file_name(part, record));
  const Json there = force ? record_in(folder) : Json();
  for (const std::string& name : names) {
    const fs::path file = folder / name;
    if (!is_taken(file)) continue;
    std::error_code ignored;
    TL_CHECK(!fs::equivalent(file, record.manifest, ignored),
             "{}: is the manifest to split: choose another folder or other names", file.string());
    TL_CHECK(force, "{}: already exists: add --force to replace an earlier split, or choose another folder", file.string());
    TL_CHECK(is_as_written(folder, name, there),
             "{}: is not as tagdata split wrote it, and --force does not replace it: move it away, or choose another folder",
             file.string());
  }
}

void write_split(const fs::path& folder, const SplitRule& rule, const SplitRows& rows, const SplitRecord& record,
                 const std::vector<std::string>& texts, bool force) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot be created: {}", folder.string(), error.message());
  sweep_temporaries(folder.string());
  check_replaceable_split(folder, rule, record, force);  // again, because reading pictures takes minutes
  const Json there = record_in(folder);
  std::vector<fs::path> committed;
  try {
    std::vector<std::pair<fs::path, std::unique_ptr<AtomicFile>>> files;
    const auto add = [&](const std::string& name, const std::string& text) {
      files.emplace_back(folder / name,
                         std::make_unique<AtomicFile>((folder / name).string(), static_cast<int64_t>(text.size())));
      files.back().second->write(text);
    };
    add(kSplitRecord, split_record_text(rule, rows, record, texts));  // first, so that it covers what a killed process leaves
    for (size_t part = 0; part < texts.size(); ++part) add(file_name(rule.parts[part], record), texts[part]);
    for (const auto& [path, file] : files) file->prepare();
    if (!there.empty()) {
      for (const auto& [name, hash] : there["files"].items()) {
        if (name.find('/') == name.npos && is_as_written(folder, name, there)) fs::remove(folder / name, error);
      }
    }
    for (const auto& [path, file] : files) {
      committed.push_back(path);  // also if it is renamed and its folder cannot be flushed
      file->commit();
    }
  } catch (...) {
    // A new record in place of an old one stays: --keep finds the parts of the pictures in it.
    if (!there.empty() && !committed.empty()) committed.erase(committed.begin());
    for (const fs::path& path : committed) fs::remove(path, error);
    if (made) fs::remove(folder, error);  // only if it is empty
    throw;
  }
}

}  // namespace tagloom
