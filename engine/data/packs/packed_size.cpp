#include "engine/data/packs/packed_size.h"

#include <nlohmann/json.hpp>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using nlohmann::json;

template <class Enum>
std::optional<Enum> named_value(const json& settings, const char* key) {
  const auto found = settings.find(key);
  if (found == settings.end() || !found->is_string()) return {};
  for (const auto& [value, name] : kEnumNames<Enum>)
    if (found->get_ref<const std::string&>() == name) return value;
  return {};
}

}  // namespace

std::optional<PackedSize> read_packed_size(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kPackSettings;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  const json settings = json::parse(read_text(file), nullptr, false);
  TL_CHECK_AS(ErrorKind::kData, settings.is_object(), "{}: is not a JSON object", file.string());
  const auto resize = named_value<Resize>(settings, "resize");
  const auto interpolation = named_value<Interpolation>(settings, "interpolation");
  const auto size = settings.find("size");
  TL_CHECK_AS(ErrorKind::kData, resize && interpolation && size != settings.end() && size->is_number_unsigned(),
              "{}: its \"size\", \"resize\" or \"interpolation\" is missing or unknown: pack the pictures again", file.string());
  const uint64_t pixels = size->get<uint64_t>();
  TL_CHECK_AS(ErrorKind::kData, pixels >= 1 && pixels <= kMostPictureSide, "{}: \"size\" must be 1 to {}, not {}", file.string(),
              kMostPictureSide, pixels);
  return PackedSize{static_cast<int64_t>(pixels), *resize, *interpolation};
}

void check_fits(const PackedSize& packed, const TransformOptions& transform, const std::string& pack) {
  const bool short_side = transform.resize == Resize::kShortSide, crops = short_side || transform.crop == Crop::kRandom;
  TL_CHECK(packed.resize == Resize::kShortSide || !short_side,
           "{}: its pictures were squashed: set data.resize = \"squash\", or pack them with --resize short_side", pack);
  const int64_t needed = crops ? transform.short_side : transform.size;
  TL_CHECK(needed <= packed.size,
           "{}: its pictures were resized to {} pixels, but {} is {}: set it to at most {}, or pack them with --size {}", pack,
           packed.size, crops ? "data.short_side" : "data.size", needed, packed.size, needed);
  TL_CHECK(packed.interpolation == transform.interpolation,
           "{}: its pictures were resized with {} interpolation: set data.interpolation = \"{}\", or pack them with "
           "--interpolation {}",
           pack, name_of(packed.interpolation), name_of(packed.interpolation), name_of(transform.interpolation));
}

}  // namespace tagloom
