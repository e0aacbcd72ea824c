#include "tools/predict/writers/caption.h"

#include <algorithm>
#include <set>

#include "engine/data/formats/text_lines.h"
#include "tools/tag_rules/tag_style.h"

namespace tagloom {
namespace {

// Removes backslashes before other characters, and repeated spaces.
std::string caption_key(std::string_view tag) {
  std::string key;
  for (size_t i = 0; i < tag.size(); ++i) {
    if (tag[i] == '\\' && i + 1 < tag.size()) ++i;
    const char c = tag[i] == '_' || tag[i] == '\t' ? ' ' : tag[i];
    if (c != ' ' || !key.ends_with(' ')) key += c;
  }
  return spelling_key(key);
}

std::string without_separators(std::string tag) {
  for (char& c : tag)
    if (c == ',' || c == '\n' || c == '\r') c = ' ';
  return std::string(trim(tag));
}

void insert_parts(std::string_view text, std::set<std::string>& keys) {
  while (true) {
    const size_t comma = text.find(',');
    keys.insert(caption_key(text.substr(0, comma)));
    if (comma == text.npos) return;
    text.remove_prefix(comma + 1);
  }
}

// Removes trailing commas and spaces, which the separator replaces.
std::string_view without_end(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t,");
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

// What comes between the prefix and the rest: a blank if the prefix ends in one, else a comma.
std::string_view separator_after(std::string_view prefix) {
  const size_t end = prefix.find_last_not_of(" \t");
  return end != prefix.npos && end + 1 < prefix.size() && prefix[end] != ',' ? " " : ", ";
}

// Whether the text begins with the prefix and not with a longer word or tag.
bool begins_with(std::string_view text, std::string_view prefix, bool blank_ends_it) {
  if (!text.starts_with(prefix)) return false;
  const std::string_view rest = text.substr(prefix.size());
  return (blank_ends_it && rest.find_first_of(" \t") == 0) || trim(rest).empty() || trim(rest).starts_with(',');
}

}  // namespace

std::string add_to_caption(std::string_view caption, std::string_view prefix, const std::vector<std::string>& tags) {
  const std::string_view body = without_byte_order_mark(caption), mark = caption.substr(0, caption.size() - body.size());
  std::string_view first = body.substr(0, body.find_first_of("\r\n"));
  const std::string_view rest = body.substr(first.size());

  std::set<std::string> present;
  insert_parts(first, present);
  std::string line(mark);
  std::string_view separator = separator_after(prefix);
  const bool by_blank = separator == " ";
  prefix = without_end(trim(prefix));
  const bool begins = begins_with(trim(first), prefix, by_blank);
  const bool prepends = !prefix.empty() && !begins && !present.contains(caption_key(prefix));
  if (by_blank) {
    if (begins) insert_parts(trim(first).substr(prefix.size()), present);
    insert_parts(prefix.substr(0, prefix.rfind(',') + 1), present);
  } else {
    insert_parts(prefix, present);
  }
  if (prepends) line.append(prefix);
  if (prepends && !trim(first).empty()) line.append(separator).append(trim(first));
  if (!prepends) line.append(first);
  if (!(prepends || begins) || trim(without_end(line)).size() > mark.size() + prefix.size()) separator = ", ";

  bool changed = prepends;
  for (const std::string& tag : tags) {
    const std::string text = without_separators(tag);
    if (text.empty() || !present.insert(caption_key(text)).second) continue;
    line = without_end(line);
    if (line.size() > mark.size()) line += separator;
    line += text;
    separator = ", ";
    changed = true;
  }
  if (!changed) return std::string(caption);
  line.append(rest.empty() && caption.empty() ? "\n" : rest);
  return line;
}

}  // namespace tagloom
