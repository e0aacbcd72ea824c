#include "tests/fuzz/markup_check.h"

#include <algorithm>
#include <array>

#include "kernels/text/utf8.h"
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {
namespace {

constexpr std::array kWithoutEnd = {"meta", "link", "br", "hr", "img", "input", "wbr"};
constexpr std::array kRaw = {"style", "script"};  // no markup inside
constexpr std::string_view kSpaces = " \t\r\n", kEndsName = " \t\r\n/>=";

class Checker {
 public:
  Checker(std::string_view text, bool html, std::string_view element) : rest_(text), html_(html), element_(element) {}

  std::vector<std::string> check() {
    require(find_invalid_utf8(rest_) == rest_.npos, "markup is not UTF-8");
    for (const char c : rest_)
      require(static_cast<unsigned char>(c) >= 0x20 || kSpaces.find(c) != kSpaces.npos, "a control character");
    for (const char* not_xml : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
      require(rest_.find(not_xml) == rest_.npos, "not a character of XML");
    while (!rest_.empty()) {
      const std::string text = unescaped(take(rest_.find('<')));
      if (!open_.empty() && open_.back() == element_) texts_.back() += text;
      if (!rest_.empty()) tag();
    }
    require(open_.empty(), "an element is not closed", open_.empty() ? "" : open_.back());
    return texts_;
  }

 private:
  std::string_view take(size_t count) {
    const std::string_view front = rest_.substr(0, count);
    rest_.remove_prefix(front.size());
    return front;
  }

  void skip_to(std::string_view end) {
    const size_t at = rest_.find(end);
    require(at != rest_.npos, "this has no end", std::string(rest_.substr(0, 40)));
    take(at + end.size());
  }

  void skip_spaces() { take(std::min(rest_.find_first_not_of(kSpaces), rest_.size())); }
  std::string name() {
    const std::string_view word = take(rest_.find_first_of(kEndsName));
    require(!word.empty() && word.find_first_of("<&\"'") == word.npos, "a name is missing", std::string(rest_.substr(0, 40)));
    return std::string(word);
  }

  void tag() {
    if (rest_.starts_with("<!--")) return skip_to("-->");
    if (rest_.starts_with("<?")) return skip_to("?>");
    if (rest_.starts_with("<!")) return skip_to(">");
    take(1);
    if (rest_.starts_with('/')) {
      take(1);
      const std::string closed = name();
      require(!open_.empty() && open_.back() == closed, "an element is closed that is not open", closed);
      open_.pop_back();
      return skip_to(">");
    }
    const std::string opened = name();
    for (skip_spaces(); !rest_.starts_with('>') && !rest_.starts_with("/>"); skip_spaces()) attribute();
    const bool ended = rest_.starts_with('/') || (html_ && std::ranges::find(kWithoutEnd, opened) != kWithoutEnd.end());
    skip_to(">");
    if (ended) return;
    open_.push_back(opened);
    if (opened == element_) texts_.emplace_back();
    if (html_ && std::ranges::find(kRaw, opened) != kRaw.end()) take(rest_.find("</" + opened));
  }

  void attribute() {
    name();
    if (!rest_.starts_with('=')) return require(html_, "an attribute has no value");
    take(1);
    const char quote = rest_.empty() ? ' ' : rest_.front();
    const bool quoted = quote == '"' || quote == '\'';
    require(quoted || html_, "an attribute is not quoted");
    if (!quoted) {
      name();
      return;
    }
    take(1);
    const std::string_view value = take(rest_.find(quote));
    require(!rest_.empty(), "an attribute does not end");
    take(1);
    require(value.find('<') == value.npos, "an attribute contains <");
    unescaped(value);
  }

  std::string unescaped(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
    std::string out;
    while (!text.empty()) {
      const auto entity = std::ranges::find_if(kEntities, [&](const auto& e) { return text.starts_with(e.first); });
      require(text.front() != '&' || entity != kEntities.end(), "a bare &");
      out += entity != kEntities.end() ? entity->second : text.front();
      text.remove_prefix(entity != kEntities.end() ? entity->first.size() : 1);
    }
    return out;
  }

  std::string_view rest_;
  bool html_;
  std::string_view element_;
  std::vector<std::string> open_, texts_;
};

}  // namespace

std::vector<std::string> check_markup(std::string_view text, bool html, std::string_view element) {
  return Checker(text, html, element).check();
}

}  // namespace tagloom::fuzz
