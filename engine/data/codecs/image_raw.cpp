// Reads the preview in a camera's raw file, usually a full-size JPEG, with LibRaw. The sensor data are not developed.
#include <libraw/libraw.h>

#include <algorithm>
#include <memory>

#include "engine/data/codecs/image_codecs.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// LibRaw encodes the orientation in bits: 4 exchanges rows and columns, 2 mirrors the rows, 1 the columns.
int raw_orientation(int flip) {
  constexpr int kOrientations[] = {1, 2, 4, 3, 5, 8, 6, 7};
  return flip >= 0 && flip < 8 ? kOrientations[flip] : 1;
}

// Whether the preview is a JPEG. In some Canon files its first byte is not FF.
bool is_raw_jpeg(std::span<const uint8_t> preview) { return preview.size() > 3 && preview[1] == 0xD8 && preview[2] == 0xFF; }

// Debian's LibRaw 0.20 reads out of bounds if a directory has a CFAPattern (33422) of 36 values, as in a DNG from an X-Trans sensor.
bool crashes_libraw(std::span<const uint8_t> bytes) {
  if (libraw_versionNumber() >= LIBRAW_MAKE_VERSION(0, 21, 0)) return false;
  constexpr uint8_t kLittle[] = {0x24, 0, 0, 0}, kBig[] = {0, 0, 0, 0x24};
  for (size_t i = 0; i + 8 <= bytes.size(); ++i) {
    const uint8_t* const entry = &bytes[i];
    if (entry[0] == 0x8E && entry[1] == 0x82 && std::equal(entry + 4, entry + 8, kLittle)) return true;
    if (entry[0] == 0x82 && entry[1] == 0x8E && std::equal(entry + 4, entry + 8, kBig)) return true;
  }
  return false;
}

}  // namespace

// LibRaw only locates the preview. Its own reader prints libjpeg's warnings and allocates whatever a header claims, so we decode it here.
Image decode_raw(std::span<const uint8_t> bytes, const std::string& name, int least_side) {
  TL_CHECK_AS(ErrorKind::kData, !crashes_libraw(bytes),
              "{}: is a raw file from an X-Trans sensor, which {} cannot open; export it as JPEG or TIFF", name, raw_library());
  const auto raw = std::make_unique<LibRaw>(LIBRAW_OPIONS_NO_MEMERR_CALLBACK | LIBRAW_OPIONS_NO_DATAERR_CALLBACK);
  const int code = raw->open_buffer(const_cast<uint8_t*>(bytes.data()), bytes.size());  // LibRaw does not write to it
  if (code == LIBRAW_UNSUFFICIENT_MEMORY) throw DecoderOutOfMemory(name);
  TL_CHECK_AS(ErrorKind::kData, code == LIBRAW_SUCCESS, "{}: is a damaged or unknown raw file: {}", name,
              printable(libraw_strerror(code)));
  const libraw_thumbnail_t& found = raw->imgdata.thumbnail;
  const auto at = raw->get_internal_data_pointer()->internal_data.toffset;
  const size_t begin = at < 0 ? bytes.size() : std::min(static_cast<size_t>(at), bytes.size());
  const std::span<const uint8_t> rest = bytes.subspan(begin);
  const int orientation = raw_orientation(raw->imgdata.sizes.flip);
  if (begin > 0 && is_raw_jpeg(rest)) {
    TL_CHECK_AS(ErrorKind::kData, found.tlength <= rest.size(), "{}: is truncated: its preview ends at byte {} of {}", name,
                begin + found.tlength, bytes.size());
    std::vector<uint8_t> jpeg(rest.begin(),
                              rest.begin() + (found.tlength > 0 ? found.tlength : static_cast<std::ptrdiff_t>(rest.size())));
    jpeg[0] = 0xFF;
    return decode_jpeg(jpeg, name, least_side, orientation);
  }
  const size_t size = size_t{found.twidth} * found.theight * 3;  // of an uncompressed preview
  TL_CHECK_AS(ErrorKind::kData, begin > 0 && size > 0 && (found.tlength == 0 || found.tlength == size) && size <= rest.size(),
              "{}: is a raw file without a readable preview; export it as JPEG or TIFF", name);
  check_picture_size(found.twidth, found.theight, name);
  return apply_orientation({found.twidth, found.theight, {rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size)}},
                           orientation);
}

std::string raw_library() { return std::string("LibRaw ") + libraw_version(); }

}  // namespace tagloom
