#include "tools/command_line/plan_table.h"

#include <algorithm>
#include <cctype>

namespace tagloom {
namespace {

size_t letters(const std::string& text) {  // UTF-8: continuation bytes take no room
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, letters(text)), ' ');
}

}  // namespace

std::string plan_table(const std::vector<ReportFacts>& groups) {
  size_t title_width = 0, name_width = 0;
  for (const ReportFacts& group : groups) {
    title_width = std::max(title_width, letters(group.title));
    for (const auto& fact : group.facts) name_width = std::max(name_width, letters(fact.first));
  }
  std::string out;
  for (const ReportFacts& group : groups) {
    std::string title = group.title;
    if (!title.empty()) title[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(title[0])));
    for (const auto& [name, value] : group.facts) {
      out.append("  ").append(padded(title, title_width + 2)).append(padded(name, name_width + 2)).append(value).append("\n");
      title.clear();
    }
  }
  return out;
}

}  // namespace tagloom
