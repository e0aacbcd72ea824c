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

// What a picture has in one field, what Tagloom wrote there, and what the user removed.
struct FieldState {
  FieldState(KeywordField name, const std::vector<XmpItem>& list, const MachineTags& before)
      : field(name), items(list), written(texts_in(before.written, name)), rejected(texts_in(before.rejected, name)) {
    for (const XmpItem& item : items) present.push_back(trimmed(item.text));
    for (const std::string& keyword : written) {
      if (!contains(present, keyword)) rejected.push_back(keyword);
    }
  }
  KeywordField field;
  const std::vector<XmpItem>& items;
  std::vector<std::string> present, written, rejected;
};

// Returns the tag in the spelling of the field. A user who decides on Animals|Dog means the flat keyword "Animals|Dog" if there is one.
std::string spelled_in(const FieldState& state, const SuggestedTag& tag, bool by_user) {
  const std::string path = keyword_in(KeywordField::kLr, tag.tag, tag.parents);
  if (by_user && contains(state.present, path)) return path;
  return trimmed(keyword_in(state.field, tag.tag, tag.parents));
}

std::vector<std::string> spelled_in(const FieldState& state, const std::vector<SuggestedTag>& tags, bool by_user) {
  std::vector<std::string> keywords;
  for (const SuggestedTag& tag : tags) {
    const std::string keyword = spelled_in(state, tag, by_user);
    if (!keyword.empty() && !contains(keywords, keyword)) keywords.push_back(keyword);
  }
  return keywords;
}

bool asks_for(const KeywordRequest& request, KeywordField field) {
  return std::ranges::find(request.fields, field) != request.fields.end();
}

// Whether Tagloom wrote the tag and the user removed it wherever it was.
bool is_taken_back(const SuggestedTag& tag, const std::vector<FieldState>& states) {
  const auto has = [&](std::vector<std::string> FieldState::*texts) {
    return std::ranges::any_of(states,
                               [&](const FieldState& state) { return contains(state.*texts, spelled_in(state, tag, false)); });
  };
  return has(&FieldState::rejected) && !has(&FieldState::present);
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
void plan_field(const FieldState& state, const KeywordRequest& request, KeywordPlan& plan) {
  const KeywordField field = state.field;
  const std::vector<std::string> tags = spelled_in(state, request.tags, request.by_user);
  std::vector<std::string> wanted = asks_for(request, field) ? tags : std::vector<std::string>();
  if (field == KeywordField::kIptc)
    std::erase_if(wanted, [&](const std::string& keyword) { return contains(request.unfit_for_iptc, keyword); });
  std::vector<std::string> written, rejected = state.rejected;
  for (const std::string& keyword : state.written) {
    const size_t own = own_item(state.items, keyword);
    if (own == state.items.size()) continue;
    if (request.by_user && contains(tags, keyword)) continue;  // accepted: no longer Tagloom's
    if (contains(wanted, keyword)) {
      written.push_back(keyword);
    } else {
      plan.removed[field].push_back(own);
      if (request.by_user) rejected.push_back(keyword);
    }
  }
  for (const std::string& keyword : spelled_in(state, request.unwanted, true)) {
    if (contains(tags, keyword)) continue;  // another tag with the same spelling was accepted
    for (size_t i = 0; i < state.items.size(); ++i) {
      if (state.present[i] == keyword) plan.removed[field].push_back(i);
    }
    if ((contains(state.present, keyword) || asks_for(request, field)) && !contains(rejected, keyword))
      rejected.push_back(keyword);
  }
  if (request.by_user) std::erase_if(rejected, [&](const std::string& keyword) { return contains(tags, keyword); });
  for (const std::string& keyword : wanted) {
    if (contains(state.present, keyword) || contains(rejected, keyword)) continue;
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

KeywordPlan plan_keywords(const ItemsByField& items, const MachineTags& before, KeywordRequest request) {
  KeywordPlan plan;
  std::vector<FieldState> states;
  for (const auto& [field, list] : items) states.emplace_back(field, list, before);
  if (!request.by_user) std::erase_if(request.tags, [&](const SuggestedTag& tag) { return is_taken_back(tag, states); });
  for (const FieldState& state : states) plan_field(state, request, plan);
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
