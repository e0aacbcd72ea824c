// Memory limits from a made-up /proc, and counts of tensor and arena memory.
#include "engine/core/memory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "engine/core/arena.h"
#include "kernels/base/memory.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

class HostMemory : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ / name).parent_path());
    test::write_whole_file(root_ / name, text);
  }
  std::optional<int64_t> free() { return free_host_bytes(root_.path()); }

  test::TemporaryFolder root_;
};

TEST_F(HostMemory, IsUnknownWithoutTheKernelsFiles) { EXPECT_EQ(free(), std::nullopt); }

TEST_F(HostMemory, IsTheMachinesAvailableMemory) {
  write("proc/meminfo", "MemTotal:       100 kB\nMemFree:        10 kB\nMemAvailable:   60 kB\n");
  EXPECT_EQ(free(), 60 * 1024);
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  write("sys/fs/cgroup/memory.current", "5\n");
  EXPECT_EQ(free(), 60 * 1024);
}

TEST_F(HostMemory, IsLimitedByControlGroupsAndTheirParents) {
  write("proc/meminfo", "MemAvailable:   60 kB\n");
  write("proc/self/cgroup", "0::/slice/run\n");
  write("sys/fs/cgroup/slice/run/memory.max", "30000\n");
  write("sys/fs/cgroup/slice/run/memory.current", "9000\n");
  EXPECT_EQ(free(), 21000);
  write("sys/fs/cgroup/slice/run/memory.stat", "anon 4000\ninactive_file 3000\n");
  EXPECT_EQ(free(), 24000);
  write("sys/fs/cgroup/slice/memory.max", "20000\n");
  write("sys/fs/cgroup/slice/memory.current", "19000\n");
  EXPECT_EQ(free(), 1000);
  write("sys/fs/cgroup/slice/memory.current", "21000\n");
  EXPECT_EQ(free(), 0);
}

TEST_F(HostMemory, IsLimitedByVersion1ControlGroups) {
  write("proc/meminfo", "MemAvailable:   60 kB\n");
  write("proc/self/cgroup", "9:pids:/\n4:cpu,memory:/docker/1f\n0::/\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "123456789\n");
  EXPECT_EQ(free(), 60 * 1024);
  write("sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes", "5000\n");
  write("sys/fs/cgroup/memory/docker/1f/memory.usage_in_bytes", "4000\n");
  write("sys/fs/cgroup/memory/docker/1f/memory.stat", "inactive_file 1\ntotal_inactive_file 500\n");
  EXPECT_EQ(free(), 1500);
}

TEST(Memory, CountsLiveTensors) {
  const int64_t before = tensor_bytes(Device::cpu());
  {
    const Tensor tensor = Tensor::empty({1000});
    const Tensor same = tensor;
    EXPECT_EQ(tensor_bytes(Device::cpu()) - before, static_cast<int64_t>(1000 * sizeof(Real)));
  }
  EXPECT_EQ(tensor_bytes(Device::cpu()), before);
}

TEST(Memory, RejectsMoreThanTheMachineHas) {
  const std::optional<int64_t> free = free_bytes(Device::cpu());
  if (!free) GTEST_SKIP() << "this system does not report how much memory is free";
  EXPECT_ERROR(kDevice, "out of memory: ", Tensor::empty({4 * *free / static_cast<int64_t>(sizeof(Real))}));
  EXPECT_NO_THROW(Tensor::empty({(64 << 20) / static_cast<int64_t>(sizeof(Real))}));
}

TEST(Memory, CountsReservedArenaMemory) {
  const int64_t before = arena_bytes(Device::cpu());
  {
    Arena arena(Device::cpu());
    arena.empty({1});
    EXPECT_EQ(arena_bytes(Device::cpu()) - before, static_cast<int64_t>(arena.bytes_reserved()));
  }
  EXPECT_EQ(arena_bytes(Device::cpu()), before);
}

TEST(Memory, ArenaKeepsExactlyWhatAStepUsed) {
  Arena arena(Device::cpu());
  const int64_t megabyte = (1 << 20) / static_cast<int64_t>(sizeof(Real));
  for (int i = 0; i < 3; ++i) arena.empty({3 * megabyte / 4});  // a chunk of one megabyte fits one
  EXPECT_EQ(arena.chunk_count(), 3);
  arena.reset();
  EXPECT_EQ(arena.chunk_count(), 1);
  EXPECT_EQ(arena.bytes_reserved(), 3u * 3 * (1 << 20) / 4);
  for (int i = 0; i < 3; ++i) arena.empty({3 * megabyte / 4});
  EXPECT_EQ(arena.chunk_count(), 1);
}

TEST(Memory, FormatsBytes) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1536), "1.50 KiB");
  EXPECT_EQ(bytes_text(int64_t{20} << 20), "20.0 MiB");
  EXPECT_EQ(bytes_text(int64_t{292} << 20), "292 MiB");
  EXPECT_EQ(bytes_text(int64_t{1} << 40), "1.00 TiB");
}

}  // namespace
}  // namespace tagloom
