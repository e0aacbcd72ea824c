// Writes PNG with stb_image_write.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#include "engine/data/codecs/image_codecs.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

void append(void* context, void* data, int size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  auto& out = *static_cast<std::vector<uint8_t>*>(context);
  out.insert(out.end(), bytes, bytes + size);
}

}  // namespace

std::vector<uint8_t> encode_png(const Image& image) {
  check_consistent(image, "encode_png");
  TL_CHECK(image.rgb.size() < (size_t{1} << 30), "[encode_png] {} x {} pixels are too many for a PNG", image.width, image.height);
  std::vector<uint8_t> out;
  TL_CHECK_AS(ErrorKind::kData,
              stbi_write_png_to_func(append, &out, image.width, image.height, 3, image.rgb.data(), image.width * 3),
              "[encode_png] a picture of {} x {} pixels could not be written", image.width, image.height);
  return out;
}

}  // namespace tagloom
