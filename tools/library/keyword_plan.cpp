#include "tools/library/keyword_plan.h"

#include <algorithm>

#include "kernels/base/format.h"

namespace tagloom {
namespace {

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::ranges::find(texts, text) != texts.end();
}

std::vector<std::string> texts_in(const KeywordsByField& keywords, KeywordField field) {
  const auto found = keywords.find(field);
  return found == keywords.end() ? std::vector<std::string>() : found->second;
}

// Returns the tags in the spelling of the field, without duplicates.
std::vector<std::string> spelled_in(KeywordField field, const std::vector<SuggestedTag>& tags) {
  std::vector<std::string> keywords;
  for (const SuggestedTag& tag : tags) {
    const std::string keyword = trimmed(keyword_in(field, tag.tag, tag.parents));
    if (!keyword.empty() && !contains(keywords, keyword)) keywords.push_back(keyword);
  }
  return keywords;
}

bool asks_for(const KeywordRequest& request, KeywordField field) {
  return std::ranges::find(request.fields, field) != request.fields.end();
}

std::vector<std::string> wanted_in(KeywordField field, const KeywordRequest& request) {
  if (!asks_for(request, field)) return {};
  std::vector<std::string> wanted = spelled_in(field, request.tags);
  if (field == KeywordField::kIptc)
    std::erase_if(wanted, [&](const std::string& keyword) { return contains(request.unfit_for_iptc, keyword); });
  return wanted;
}

// Returns the index of the item that Tagloom wrote, which is plain text. If there are several, it is the last one, because items are
// appended. An item to which a language, another qualifier or blanks were added belongs to the user.
size_t own_item(const std::vector<XmpItem>& items, const std::string& keyword) {
  for (size_t i = items.size(); i > 0; --i) {
    if (items[i - 1].text == keyword && items[i - 1].plain) return i - 1;
  }
  return items.size();
}

// Plans the changes in one field.
void plan_field(KeywordField field, const std::vector<XmpItem>& items, const MachineTags& before, const KeywordRequest& request,
                KeywordPlan& plan) {
  const std::vector<std::string> wanted = wanted_in(field, request);
  std::vector<std::string> present;
  for (const XmpItem& item : items) present.push_back(trimmed(item.text));
  std::vector<std::string> written, rejected = texts_in(before.rejected, field);
  for (const std::string& keyword : texts_in(before.written, field)) {
    const size_t own = own_item(items, keyword);
    if (!contains(present, keyword)) {
      rejected.push_back(keyword);
    } else if (own == items.size()) {
      continue;
    } else if (!contains(wanted, keyword)) {
      plan.removed[field].push_back(own);
      if (request.by_user) rejected.push_back(keyword);
    } else if (!request.by_user) {
      written.push_back(keyword);
    }
  }
  for (const std::string& keyword : spelled_in(field, request.unwanted)) {
    for (size_t i = 0; i < items.size(); ++i) {
      if (present[i] == keyword) plan.removed[field].push_back(i);
    }
    if ((contains(present, keyword) || asks_for(request, field)) && !contains(rejected, keyword)) rejected.push_back(keyword);
  }
  for (const std::string& keyword : wanted) {
    if (request.by_user) std::erase(rejected, keyword);
    if (contains(present, keyword) || contains(rejected, keyword)) continue;
    plan.added[field].push_back(keyword);
    if (!request.by_user) written.push_back(keyword);
  }
  if (request.undo) return;
  if (!written.empty()) plan.record.written[field] = written;
  if (!rejected.empty()) plan.record.rejected[field] = rejected;
}

std::vector<std::string> scores_of(const KeywordRequest& request, const KeywordsByField& written) {
  std::vector<std::string> scores;
  for (const SuggestedTag& suggested : request.tags) {
    const bool is_written = std::ranges::any_of(written, [&](const auto& entry) {
      return contains(entry.second, trimmed(keyword_in(entry.first, suggested.tag, suggested.parents)));
    });
    if (is_written)
      scores.push_back(format("{:.4f} {}", suggested.score, keyword_in(KeywordField::kLr, suggested.tag, suggested.parents)));
  }
  return scores;
}

}  // namespace

KeywordPlan plan_keywords(const ItemsByField& items, const MachineTags& before, const KeywordRequest& request) {
  KeywordPlan plan;
  for (const auto& [field, list] : items) plan_field(field, list, before, request, plan);
  for (auto& [field, indices] : plan.removed) {
    std::ranges::sort(indices, std::greater<>());
    indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  }
  const bool same = plan.record.written == before.written && plan.record.rejected == before.rejected;
  const bool same_model = plan.record.written.empty() || before.model == request.model;
  plan.changes = !plan.added.empty() || !plan.removed.empty() || !same || !same_model || (request.undo && !before.is_empty());
  if (!plan.changes) {
    plan.record = before;
    return plan;
  }
  if (request.undo) return plan;
  plan.record.created = before.created;
  plan.record.model = plan.record.written.empty() ? before.model : request.model;
  plan.record.scores = scores_of(request, plan.record.written);
  return plan;
}

}  // namespace tagloom
