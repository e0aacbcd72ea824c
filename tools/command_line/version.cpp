// Composes the output of --version.
#include "tools/command_line/version.h"

#include <omp.h>

#include <sstream>

#include "engine/data/picture_kinds.h"
#include "kernels/base/build_config.h"
#include "kernels/base/device.h"
#include "kernels/base/error.h"
#include "kernels/cpu/cpu_level.h"
#include "kernels/onednn/onednn_version.h"

namespace tagloom {

namespace {

// Lists the libraries, as in "libwebp 1.2.4, …", and the picture formats that other libraries would add.
std::string joined_libraries() {
  std::string text, missing;
  for (const std::string& library : picture_libraries()) text += (text.empty() ? "" : ", ") + library;
  for (const PictureKind& kind : picture_kinds()) {
    if (!kind.decoded && kind.package != nullptr)
      missing +=
          format("{}{} (install {} and build again)", missing.empty() ? "\n        without " : ", ", kind.name, kind.package);
  }
  return text + missing;
}

}  // namespace

std::string version() { return kVersion; }

std::string version_text(const std::string& tool) {
  std::string text = format("{} {} (tagloom)\n  CPU   {}; ops for {}; {} threads\n", tool, kVersion, kernels::onednn_version(),
                            kernels::cpu_level(), omp_get_max_threads());
  text += "  files " + joined_libraries() + "\n";
  if (!kernels::kCudaBuilt) return text + "  CUDA  not built in";
  text += format("  CUDA  compiled for {}; {}", kernels::kCudaArchitectures, kernels::cuda_versions());
  std::istringstream files(kernels::cuda_library_files());
  for (std::string file; std::getline(files, file);) text += "\n        " + file;
  const int count = kernels::cuda_device_count();
  for (int device = 0; device < count; ++device) {
    const kernels::CudaDeviceInfo info = kernels::cuda_device_info(device);
    text += format("\n        cuda:{}  {}, compute capability {}.{}, {} MiB", device, info.name, info.major, info.minor,
                   info.total_bytes >> 20);
  }
  return count > 0 ? text : text + "\n        no GPU found";
}

}  // namespace tagloom
