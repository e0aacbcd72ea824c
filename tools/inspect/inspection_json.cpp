// tagdata inspect --json.
#include <nlohmann/json.hpp>

#include "kernels/base/format.h"
#include "tools/inspect/inspection_text.h"
#include "tools/output/json_path.h"

namespace tagloom {
namespace {

using Json = nlohmann::ordered_json;

Json tags_json(const std::vector<CountedTag>& tags) {
  Json::object_t object;  // json[name] would compare each name with all before it
  for (const CountedTag& tag : tags) object.push_back({tag.name, tag.pictures});
  return object;
}

void add_facts(Json& json, const ManifestFacts& facts, const Inspection& inspection) {
  json["pictures"] = facts.pictures;
  json["tags_in_all"] = facts.tags_in_all;
  json["untagged"] = facts.untagged;
  json["repeated_tags"] = facts.repeated_tags;
  json["repeated_pictures"] = facts.repeated_pictures;
  json["pictures_by_tags"] = Json::object();
  for (const auto& [tags, pictures] : facts.pictures_by_tags) json["pictures_by_tags"][std::to_string(tags)] = pictures;
  json["tags"] = tags_json(facts.tags);
  if (inspection.has_words) {
    json["unknown_tags"] = tags_json(facts.unknown);
    json["unused_words"] = facts.unused;
  }
  if (!inspection.has_pictures) return;
  json["sizes"] = Json::object();
  for (const auto& [size, count] : facts.sizes) json["sizes"][format("{}x{}", size.first, size.second)] = count;
  json["missing"] = facts.missing;
  json["unreadable"] = facts.unreadable;
}

Json row_json(const PictureRow& row) {
  Json json;
  add_path(json, "manifest", row.manifest->file.string());
  json["line"] = row.entry().line;
  add_path(json, "path", std::string(row.entry().path));
  return json;
}

Json group_json(const Inspection& inspection, const DuplicateGroup& group) {
  Json pictures = Json::array();
  for (const PictureCopy& copy : group.copies) {
    Json one = row_json(inspection.rows[static_cast<size_t>(copy.picture)]);
    if (!pictures.empty()) {
      one["copy"] = copy.kind == CopyKind::kFile ? "file" : copy.kind == CopyKind::kPixels ? "pixels" : "near";
      if (copy.kind == CopyKind::kNear) one.update({{"likeness", copy.likeness}, {"mirrored", copy.mirrored}});
    }
    pictures.push_back(std::move(one));
  }
  return {{"across_manifests", group.across}, {"different_tags", group.different_tags}, {"pictures", std::move(pictures)}};
}

Json similar_json(const SimilarTags& similar) {
  return {{"keep", similar.tags[0].name}, {"tags", tags_json(similar.tags)}, {"differ_in", similar.differ}};
}

}  // namespace

std::string inspection_json(const Inspection& inspection) {
  Json json;
  if (inspection.manifests.size() == 1) {
    add_facts(json, inspection.facts[0], inspection);
  } else {
    for (size_t i = 0; i < inspection.manifests.size(); ++i) {
      Json facts;
      add_path(facts, "manifest", inspection.manifests[i].file.string());
      add_facts(facts, inspection.facts[i], inspection);
      json["manifests"].push_back(std::move(facts));
    }
  }
  if (inspection.has_pictures) {
    json["copies"] = Json::array();
    for (const DuplicateGroup& group : inspection.duplicates) json["copies"].push_back(group_json(inspection, group));
    json["misnamed"] = Json::array();
    for (const int64_t i : inspection.misnamed) {
      const ScannedPicture& picture = inspection.pictures[static_cast<size_t>(i)];
      Json one = row_json(inspection.rows[static_cast<size_t>(i)]);
      one.update({{"named", picture.named}, {"contains", picture.kind}});
      json["misnamed"].push_back(std::move(one));
    }
  }
  json["similar_tags"] = Json::array();
  for (const SimilarTags& similar : inspection.similar) json["similar_tags"].push_back(similar_json(similar));
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tagloom
