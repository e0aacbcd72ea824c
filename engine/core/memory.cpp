// Reads memory limits from /proc and control groups, or from the GPU's driver.
#include "engine/core/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "kernels/base/format.h"
#include "kernels/base/memory.h"

namespace tagloom {
namespace {

using Bytes = std::optional<int64_t>;

Bytes least(Bytes a, Bytes b) { return !a ? b : !b ? a : std::min(*a, *b); }

// The first number in a file; nothing for "max" or a missing file.
Bytes number_in(const std::string& path) {
  std::ifstream file(path);
  int64_t number = 0;
  return file >> number ? Bytes(number) : std::nullopt;
}

// The number after a word that starts a line: "MemAvailable:   22130564 kB".
Bytes number_after(const std::string& word, const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string first;
    int64_t number = 0;
    if (words >> first >> number && first == word) return number;
  }
  return std::nullopt;
}

// The file names of one version of control groups.
struct GroupFiles {
  const char *limit, *use, *cache;
};
constexpr GroupFiles kGroups1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr GroupFiles kGroups2{"memory.max", "memory.current", "inactive_file"};

// The least memory left in the group `path` below `mount` and in its parents.
Bytes free_in_groups(const std::string& mount, std::string path, const GroupFiles& files) {
  Bytes left;
  for (;; path.resize(path.rfind('/'))) {
    while (path.ends_with('/')) path.pop_back();
    const std::string folder = mount + path + "/";
    const Bytes limit = number_in(folder + files.limit), use = number_in(folder + files.use);
    if (limit && use) {
      const int64_t cache = number_after(files.cache, folder + "memory.stat").value_or(0);  // reclaimable
      left = least(left, std::max<int64_t>(0, *limit - *use + cache));
    }
    if (path.empty()) return left;
  }
}

// /proc/self/cgroup: "0::/user.slice", "4:memory:/docker/1f"
Bytes free_in_groups(const std::string& root) {
  Bytes left;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) {
      left = least(left, free_in_groups(root + "/sys/fs/cgroup", path, kGroups2));
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      left = least(left, free_in_groups(root + "/sys/fs/cgroup/memory", path, kGroups1));
    }
  }
  return left;
}

// ulimit -v minus the process's address space.
Bytes free_in_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  const Bytes pages = number_in("/proc/self/statm");
  if (!pages) return std::nullopt;
  return std::max<int64_t>(0, static_cast<int64_t>(limit.rlim_cur) - *pages * sysconf(_SC_PAGESIZE));
}

}  // namespace

std::optional<int64_t> free_host_bytes(const std::string& root) {
  Bytes available = number_after("MemAvailable:", root + "/proc/meminfo");
  if (available) *available *= 1024;
  return least(available, free_in_groups(root));
}

std::optional<int64_t> free_bytes(Device device) {
  if (device.is_cuda()) return kernels::cuda_free_bytes(device.queue());
  return least(free_host_bytes(), free_in_address_space());
}

std::string bytes_text(int64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 1000 && unit < 6; ++unit) value /= 1024;
  const int decimals = unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return format("{:.{}f} {}", value, decimals, units[unit]);
}

}  // namespace tagloom
