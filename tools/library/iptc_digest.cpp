#include "tools/library/iptc_digest.h"

#include <openssl/evp.h>

#include "kernels/base/error.h"

namespace tagloom {

std::string md5_of(std::string_view bytes) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_md5(), nullptr);
  TL_CHECK_AS(ErrorKind::kData, done == 1, "OpenSSL does not provide MD5 (in FIPS mode?), which the file's IPTC digest needs");
  digest.resize(size);
  return digest;
}

}  // namespace tagloom
