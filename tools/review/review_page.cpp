// Writes the page's head, one block of JSON and one thumbnail per picture, and the script.
#include "tools/review/review_page.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/data/formats/text_lines.h"
#include "engine/report/escape_markup.h"
#include "engine/report/html_text.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/command_line/version.h"
#include "tools/output/json_path.h"

namespace tagloom {

// Embedded from tools/review/page.
extern const char kReviewBody[], kReviewStyle[], kReviewStyleSha256[], kReviewScript[], kReviewScriptSha256[];

namespace {

using Json = nlohmann::ordered_json;

// Escapes JSON for a script element, which "<" could end or nest.
std::string inert_json(const Json& value) {
  std::string out;
  for (const char c : value.dump()) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

std::string csp_hash(std::string_view hexadecimal) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16)));
  return "'sha256-" + base64(bytes) + "'";
}

// Enough digits for sorting and display.
double four_digits(double value) { return std::stod(format("{:.4g}", value)); }

}  // namespace

ReviewPage::ReviewPage(const std::string& path, const ReviewPageOptions& options) : file_(path), vocabulary_(options.vocabulary) {
  for (std::string& name : vocabulary_) name = with_replacements(name);
  std::sort(vocabulary_.begin(), vocabulary_.end());
  const std::string title = with_replacements(options.title);
  file_.write(
      format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src {}; "
             "script-src {}; base-uri 'none'; form-action 'none'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\n",
             csp_hash(kReviewStyleSha256), csp_hash(kReviewScriptSha256), escape_markup("Review: " + title)));
  file_.write("<style>");
  file_.write(kReviewStyle);
  file_.write("</style></head>\n<body>\n");
  file_.write(kReviewBody);
  const Json page = {{"title", title},
                     {"subtitle", with_replacements(options.subtitle)},
                     {"existing", options.existing},
                     {"made", "Tagloom " + version()},
                     {"save_as", with_replacements(options.save_as)},
                     {"vocabulary", vocabulary_}};
  write_block(R"(id="page-data" type="application/json")", inert_json(page));
}

void ReviewPage::add(const ReviewPicture& picture) {
  const auto tag = [this](const std::string& name) -> Json {
    const std::string text = with_replacements(name);
    const auto at = std::lower_bound(vocabulary_.begin(), vocabulary_.end(), text);
    if (at != vocabulary_.end() && *at == text) return at - vocabulary_.begin();
    return text;
  };
  Json row;
  const std::string path = std::filesystem::absolute(picture.path).lexically_normal().string();
  add_path(row, "path", path);
  if (path.find(kByteOrderMark) != path.npos) row["path_bytes"] = base64({path.begin(), path.end()});
  row["existing"] = Json::array();
  for (const std::string& name : picture.existing) row["existing"].push_back(tag(name));
  row["tags"] = Json::array();
  for (const ReviewTag& one : picture.tags) row["tags"].push_back({tag(one.name), four_digits(one.score), one.on ? 1 : 0});
  if (std::isfinite(picture.margin)) row["margin"] = four_digits(picture.margin);
  if (!picture.note.empty()) row["note"] = with_replacements(picture.note);
  const std::string text = inert_json(row), thumbnail = base64(picture.thumbnail);
  key_.add_field(text).add_field(thumbnail);
  write_block(R"(class="picture" type="application/json")", text);
  write_block(R"(class="thumbnail" type="text/plain")", thumbnail);
  ++pictures_;
}

void ReviewPage::finish() {
  write_block(R"(id="page-end" type="application/json")",
              inert_json({{"pictures", pictures_}, {"key", hash_text(key_.digest())}}));
  write_block("", kReviewScript);
  file_.write("</body></html>\n");
  file_.commit();
}

void ReviewPage::write_block(const std::string& attributes, const std::string& text) {
  file_.write(attributes.empty() ? "<script>" : "<script " + attributes + ">");
  file_.write(text);
  file_.write("</script>\n");
}

}  // namespace tagloom
