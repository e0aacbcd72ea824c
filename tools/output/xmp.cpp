// Edits XMP as text, so that everything else in a sidecar stays byte for byte.
#include "tools/output/xmp.h"

#include <filesystem>

#include "engine/io/atomic_file.h"
#include "engine/io/read_file.h"
#include "engine/report/escape_markup.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::string items(const std::string& existing, const std::vector<std::string>& tags) {
  std::string out;
  for (const std::string& tag : tags) {
    const std::string item = "<rdf:li>" + escape_markup(tag, MarkupPlace::kBetweenTags) + "</rdf:li>";
    if (existing.find(item) == std::string::npos) out += "     " + item + "\n";
  }
  return out;
}

}  // namespace

std::string xmp_with_tags(const std::string& before, const std::vector<std::string>& tags, const std::string& name) {
  if (before.empty()) {
    return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
           "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
           " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
           "  <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n"
           "   <dc:subject>\n    <rdf:Bag>\n" +
           items("", tags) +
           "    </rdf:Bag>\n   </dc:subject>\n"
           "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n";
  }
  std::string text = before;
  const size_t subject = text.find("<dc:subject>");
  if (subject != std::string::npos) {
    const size_t end = text.find("</rdf:Bag>", subject);
    TL_CHECK_AS(ErrorKind::kData, end != std::string::npos, "{}: not changed, because its dc:subject has no rdf:Bag", name);
    const size_t line = text.find_last_not_of(" \t", end - 1) + 1;
    return text.insert(line, items(text.substr(subject, end - subject), tags));
  }
  const size_t end = text.find("</rdf:RDF>");
  TL_CHECK_AS(ErrorKind::kData, end != std::string::npos, "{}: not changed, because it is not an XMP file", name);
  const size_t line = text.find_last_not_of(" \t", end - 1) + 1;
  return text.insert(
      line, "  <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n   <dc:subject>\n    <rdf:Bag>\n" +
                items("", tags) + "    </rdf:Bag>\n   </dc:subject>\n  </rdf:Description>\n");
}

void write_xmp_sidecar(const std::string& path, const std::vector<std::string>& tags) {
  const std::string before = std::filesystem::exists(path) ? read_text(path) : "";
  AtomicFile file(path);
  file.write(xmp_with_tags(before, tags, path));
  file.commit();
}

}  // namespace tagloom
