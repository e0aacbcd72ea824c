#include "tools/library/xmp/exiv2_packet.h"

#include <algorithm>
#include <exiv2/exiv2.hpp>
#include <mutex>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::string& last_error() {
  static thread_local std::string error;
  return error;
}

void record_error(int level, const char* message) {
  if (level >= Exiv2::LogMsg::error) last_error() = trimmed(message);
}

std::mutex& toolkit_mutex() {
  static std::mutex mutex;
  return mutex;
}

void lock_toolkit(void*, bool lock) { lock ? toolkit_mutex().lock() : toolkit_mutex().unlock(); }

// The prefix in a key is Exiv2's own for the namespace, whatever prefix the packet uses.
constexpr std::pair<const char*, KeywordField> kKeys[] = {{"Xmp.dc.subject", KeywordField::kDc},
                                                          {"Xmp.lr.hierarchicalSubject", KeywordField::kLr},
                                                          {"Xmp.digiKam.TagsList", KeywordField::kDigikam}};

// Whether the key is that of the property (Xmp.dc.subject), of an item (Xmp.dc.subject[2]) or of a qualifier (Xmp.dc.subject[2]/?xml:lang).
bool belongs_to(const std::string& key, const std::string& property) {
  return key.starts_with(property) &&
         (key.size() == property.size() || key[property.size()] == '[' || key[property.size()] == '/');
}

std::vector<std::string> texts_of(const Exiv2::Xmpdatum& datum) {
  std::vector<std::string> texts;
  if (const auto* languages = dynamic_cast<const Exiv2::LangAltValue*>(&datum.value())) {
    for (const auto& [language, text] : languages->value_) texts.push_back(text);
  } else if (dynamic_cast<const Exiv2::XmpTextValue*>(&datum.value()) != nullptr) {
    if (datum.count() > 0) texts.push_back(datum.toString());
  } else {
    for (long i = 0; i < datum.count(); ++i) texts.push_back(datum.toString(i));
  }
  return texts;
}

}  // namespace

void with_exiv2(const std::string& name, const char* problem, const std::function<void()>& call) {
  static std::recursive_mutex exiv2_mutex;
  const std::lock_guard lock(exiv2_mutex);
  static const bool ready = [] {
    Exiv2::LogMsg::setHandler(record_error);
    if (!Exiv2::XmpParser::initialize(lock_toolkit, nullptr)) return false;
    Exiv2::XmpProperties::registerNs(kTagloomNamespace, kTagloomPrefix);
    return true;
  }();
  TL_CHECK_AS(ErrorKind::kInternal, ready, "Exiv2's XMP toolkit cannot be initialised");
  last_error().clear();
  try {
    call();
  } catch (const Exiv2::AnyError& error) {
    const std::string reason = last_error().empty() ? error.what() : last_error();
    fail(ErrorKind::kData, "{}: {}: {}", name, problem, trimmed(reason));
  }
}

std::string exiv2_last_error() { return last_error(); }

PacketMeaning meaning_of(std::string_view packet, const std::string& name) {
  PacketMeaning meaning;
  with_exiv2(name, "its XMP cannot be read", [&] {
    Exiv2::XmpData data;
    const int status = Exiv2::XmpParser::decode(data, std::string(packet));
    TL_CHECK_AS(ErrorKind::kData, status == 0, "{}: its XMP cannot be read: {}", name,
                exiv2_last_error().empty() ? format("Exiv2's status {}", status) : exiv2_last_error());
    for (const Exiv2::Xmpdatum& datum : data) {
      const std::string key = datum.key();
      if (datum.groupName() == kTagloomPrefix) continue;
      const auto field = std::ranges::find_if(kKeys, [&](const auto& entry) { return belongs_to(key, entry.first); });
      if (field == std::end(kKeys)) {
        std::string& value = meaning.others[key];
        value += datum.typeName();
        for (const std::string& text : texts_of(datum)) value += format(" {}:{}", text.size(), text);
        continue;
      }
      if (key.find("]/") != std::string::npos || key.find('/', 4) != std::string::npos) continue;  // a qualifier of a keyword
      for (const std::string& text : texts_of(datum)) {
        if (!trimmed(text).empty()) meaning.keywords[field->second].push_back(trimmed(text));
      }
    }
  });
  return meaning;
}

}  // namespace tagloom
