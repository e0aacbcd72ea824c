#include "tools/import/caption_tags.h"

#include <algorithm>
#include <optional>

#include "engine/core/parse_number.h"
#include "engine/data/formats/text_lines.h"
#include "tools/tag_rules/tag_style.h"

namespace tagloom {
namespace {

constexpr int kMostLevels = 16;  // of emphasis, because each takes time in proportion to the length of the tag
constexpr const char* kMeta[] = {"rating", "score", "source", "parent", "pool", "md5", "user", "date"};

bool is_meta(std::string_view tag) {
  const size_t colon = tag.find(':');
  return colon != tag.npos && std::ranges::find(kMeta, trim(tag.substr(0, colon))) != std::end(kMeta);
}

bool is_instruction(std::string_view tag) {
  return tag == "BREAK" || (tag.starts_with('<') && tag.ends_with('>') && tag.find(':') != tag.npos);
}

std::string unescaped(std::string_view tag) {
  std::string text;
  for (size_t i = 0; i < tag.size(); ++i) {
    const bool escape =
        tag[i] == '\\' && i + 1 < tag.size() && std::string_view("\\()").find(tag[i + 1]) != std::string_view::npos;
    text += tag[escape ? ++i : i];
  }
  return text;
}

// The parentheses of a tag that no backslash precedes: how many are open at its end, and unmatched closing ones.
struct Parentheses {
  std::vector<size_t> open;    // positions of unmatched (
  std::vector<size_t> closed;  // positions of unmatched )
  size_t first_match = 0;      // of a ( at the start; 0 if it has none
};

Parentheses parentheses_of(std::string_view tag) {
  Parentheses found;
  for (size_t i = 0; i < tag.size(); ++i) {
    if (tag[i] == '\\') {
      ++i;
    } else if (tag[i] == '(') {
      found.open.push_back(i);
    } else if (tag[i] == ')' && found.open.empty()) {
      found.closed.push_back(i);
    } else if (tag[i] == ')') {
      if (found.open.back() == 0) found.first_match = i;
      found.open.pop_back();
    }
  }
  return found;
}

// Removes ":1.2" from the end.
std::string_view without_weight(std::string_view tag) {
  const size_t colon = tag.rfind(':');
  return colon != tag.npos && parse_real(trim(tag.substr(colon + 1))) ? trim(tag.substr(0, colon)) : tag;
}

// Removes the emphasis of prompts. A group may contain several tags, as in (red hair, blue eyes:1.2): `groups` counts those that are open.
std::string_view without_emphasis(std::string_view tag, int& groups) {
  for (int level = 0; level < kMostLevels; ++level) {
    const Parentheses found = parentheses_of(tag);
    if (tag.size() > 1 && found.first_match == tag.size() - 1) {
      tag = without_weight(trim(tag.substr(1, tag.size() - 2)));
    } else if (tag.size() > 1 && !found.open.empty() && found.open[0] == 0) {
      tag = trim(tag.substr(1));
      ++groups;
    } else if (groups > 0 && !found.closed.empty() && found.closed.back() == tag.size() - 1) {
      tag = without_weight(trim(tag.substr(0, tag.size() - 1)));
      --groups;
    } else {
      break;
    }
  }
  return tag;
}

class CaptionReader {
 public:
  explicit CaptionReader(const CaptionRules& rules) : rules_(rules) {}

  void add_line(std::string_view line) {
    const std::string_view separators = rules_.style == CaptionStyle::kComma ? "," : " \t";
    while (!line.empty()) {
      const size_t end = std::min(line.find_first_of(separators), line.size());
      add(trim(line.substr(0, end)));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }

  CaptionTags found;

 private:
  void add(std::string_view tag) {
    if (is_instruction(tag)) {
      ++found.instructions;
      return;
    }
    if (rules_.style == CaptionStyle::kComma) tag = without_emphasis(tag, groups_);
    const std::string text = unescaped(tag);
    if (text.empty()) return;
    if (!rules_.keep_meta && is_meta(text)) {
      ++found.meta;
      return;
    }
    found.tags.push_back(rules_.keep_underscores ? text : in_style(text, TagStyle::kSpaces));
    if (found.tags.back().empty()) found.tags.pop_back();
  }

  CaptionRules rules_;
  int groups_ = 0;
};

}  // namespace

CaptionTags caption_tags(std::string_view text, const CaptionRules& rules, const std::string& name) {
  CaptionReader reader(rules);
  for (TextLines lines(text, name); lines.next();) reader.add_line(lines.line());
  return std::move(reader.found);
}

}  // namespace tagloom
