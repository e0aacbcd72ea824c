// Finds and checks GPUs, and keeps one queue per device.
#include "engine/core/device.h"

#include <omp.h>

#include <map>
#include <mutex>
#include <sstream>

#include "kernels/base/device.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr size_t kWorkspaceBytes = size_t{256} << 20;

bool architecture_is_compiled(const kernels::CudaDeviceInfo& info) {
  // "75-virtual 80-real 90-real": a virtual architecture runs on every newer GPU, a real one on its own major version.
  std::istringstream list(kernels::kCudaArchitectures);
  for (std::string entry; list >> entry;) {
    const int number = std::stoi(entry);
    const bool is_virtual = entry.find("-real") == std::string::npos;
    const int card = info.major * 10 + info.minor;
    if (is_virtual ? card >= number : (card / 10 == number / 10 && card >= number)) return true;
  }
  return false;
}

}  // namespace

Device Device::cuda(int index) {
  if constexpr (!kernels::kCudaBuilt) throw_cuda_not_built();
  const int count = kernels::cuda_device_count();
  TL_CHECK_AS(ErrorKind::kDevice, count > 0,
              "no CUDA device: this machine has no NVIDIA GPU or no driver ({}); run with --device cpu",
              kernels::cuda_versions());
  TL_CHECK_AS(ErrorKind::kDevice, index >= 0 && index < count,
              "no device cuda:{}: this machine has {} GPU(s), cuda:0 is the first", index, count);
  const kernels::CudaDeviceInfo info = kernels::cuda_device_info(index);
  TL_CHECK_AS(ErrorKind::kDevice, architecture_is_compiled(info),
              "{} is sm_{}{}, which this build was not compiled for (it has {}); configure with "
              "-DTAGLOOM_CUDA_ARCHITECTURES={}{}-real",
              info.name, info.major, info.minor, kernels::kCudaArchitectures, info.major, info.minor);
  Device device;
  device.index_ = index;
  return device;
}

Device Device::best() { return kernels::cuda_device_count() > 0 ? cuda(0) : cpu(); }

Device Device::parse(std::string_view name) {
  if (name == "auto") return best();
  if (name == "cpu") return cpu();
  if (name == "cuda") return cuda(0);
  if (name.starts_with("cuda:") && name.size() > 5 && name.size() < 9 &&
      name.find_first_not_of("0123456789", 5) == std::string_view::npos) {
    return cuda(std::stoi(std::string(name.substr(5))));
  }
  fail(ErrorKind::kUsage, "unknown device \"{}\": use auto, cpu, cuda or cuda:N", name);
}

std::string Device::name() const { return is_cuda() ? format("cuda:{}", index_) : "cpu"; }

std::string Device::description() const {
  if (!is_cuda()) return format("CPU, {} thread(s)", omp_get_max_threads());
  const kernels::CudaDeviceInfo info = kernels::cuda_device_info(index_);
  return format("{} ({}, sm_{}{}, {} GiB)", info.name, name(), info.major, info.minor, info.total_bytes >> 30);
}

kernels::Queue& Device::queue() const {
  static std::mutex mutex;
  // Never destroyed: the libraries' exit handlers run first, and destroying a handle after them crashes.
  static auto& queues = *new std::map<int, kernels::Queue>;
  std::lock_guard lock(mutex);
  auto found = queues.find(index_);
  if (found == queues.end()) {
    found = queues.emplace(index_, is_cuda() ? kernels::make_cuda_queue(index_, kWorkspaceBytes) : kernels::Queue()).first;
  }
  return found->second;
}

void Device::synchronize() const { kernels::synchronize(queue()); }

}  // namespace tagloom
