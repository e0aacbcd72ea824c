// Checks the compiled sm_90 code of this program, without a GPU: a multiprocessor holds as many blocks as the grids assume,
// nothing is spilled, and loads and stores of the hot kernels move 16 bytes.
#include <cxxabi.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "kernels/base/build_config.h"
#include "kernels/base/error.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

// One hot kernel. The bounds follow from its design, not from the compiler's current output.
struct SassRow {
  const char* file;       // NAME of NAME.cu
  const char* kernel;     // in its demangled name
  int threads;            // per block
  int blocks;             // per multiprocessor, at least
  int loads, stores;      // 16-byte instructions on global memory, at least
  int shared_loads = 0;   // 16-byte loads from shared memory, at least
  int launch_shared = 0;  // dynamic shared memory per block, in bytes
};

// Batch normalisation and bias gradients: four blocks per multiprocessor (columns.cuh), and one load for each row and array that
// a thread reads before it uses the first. Rows in registers (row_packs.cuh): 24 warps, and one load and store per pack.
// lstm_decode: one block per multiprocessor with all of its shared memory. A product of <F, kM, kN> (lstm_decode_tiles.cuh) keeps
// four k blocks of bfloat16 or two of floats in flight, each with 2 kM loads of weights and kN of h: from shared memory in a
// cluster, from L2 on the grid.
constexpr int kAllShared = 232448;  // the most that a block can use on sm_90

const std::vector<SassRow> kRows{
    {"batch_norm_cuda", "moments_kernel<tagloom::Bf16, 8>", 256, 4, 4, 0},
    {"batch_norm_cuda", "moments_kernel<float, 4>", 256, 4, 4, 0},
    {"batch_norm_cuda", "apply_kernel<tagloom::Bf16, 8, false>", 256, 4, 4, 4},
    {"batch_norm_cuda", "apply_kernel<tagloom::Bf16, 8, true>", 256, 4, 4, 2},
    {"batch_norm_cuda", "apply_kernel<float, 4, false>", 256, 4, 4, 4},
    {"batch_norm_cuda", "apply_kernel<float, 4, true>", 256, 4, 4, 2},
    {"batch_norm_cuda", "GradientTerms<tagloom::Bf16, 8>", 256, 4, 4, 0},
    {"batch_norm_cuda", "GradientTerms<float, 4>", 256, 4, 4, 0},
    {"batch_norm_cuda", "input_gradient_kernel<tagloom::Bf16, 8>", 256, 4, 4, 2},
    {"batch_norm_cuda", "input_gradient_kernel<float, 4>", 256, 4, 4, 2},
    {"batch_norm_cuda", "finish_moments_kernel", 1024, 1, 0, 0},
    {"batch_norm_cuda", "finish_gradient_kernel", 1024, 1, 0, 0},
    {"bias_cuda", "::Slopes<tagloom::Bf16, 8>", 256, 4, 4, 0},
    {"bias_cuda", "::Slopes<float, 4>", 256, 4, 4, 0},
    {"bias_cuda", "MaskedSlopes<tagloom::Bf16, 8>", 256, 4, 4, 2},
    {"bias_cuda", "MaskedSlopes<float, 4>", 256, 4, 4, 2},

    {"softmax_xent_cuda", "xent_registers_kernel<1, 32, float>", 128, 6, 1, 1},
    {"softmax_xent_cuda", "xent_registers_kernel<8, 32, float>", 128, 6, 8, 8},
    {"softmax_xent_cuda", "xent_registers_kernel<8, 256, float>", 256, 3, 8, 8},
    {"softmax_xent_cuda", "xent_registers_kernel<1, 32, tagloom::Bf16>", 128, 6, 1, 1},
    {"softmax_xent_cuda", "xent_registers_kernel<4, 32, tagloom::Bf16>", 128, 6, 4, 4},
    {"softmax_xent_cuda", "xent_registers_kernel<4, 256, tagloom::Bf16>", 256, 3, 4, 4},
    {"sigmoid_masked_bce_cuda", "loss_registers_kernel<1, 32, float>", 128, 6, 1, 1},
    {"sigmoid_masked_bce_cuda", "loss_registers_kernel<8, 32, float>", 128, 6, 8, 8},
    {"sigmoid_masked_bce_cuda", "loss_registers_kernel<1, 32, tagloom::Bf16>", 128, 6, 1, 1},
    {"sigmoid_masked_bce_cuda", "loss_registers_kernel<4, 32, tagloom::Bf16>", 128, 6, 4, 4},

    {"image_normalize_cuda", "normalize_kernel<tagloom::Bf16, 8>", 256, 4, 0, 4},
    {"image_normalize_cuda", "normalize_kernel<float, 4>", 256, 4, 0, 4},
    {"grad_norm_cuda", "partial_sums_kernel<true", 256, 8, 4, 0},
    {"optimizer_steps_cuda", "4, tagloom::kernels::AdamStep>", 256, 5, 4, 3},
    {"optimizer_steps_cuda", "4, tagloom::kernels::SgdStep>", 256, 5, 4, 3},
    {"optimizer_steps_cuda", "4, tagloom::kernels::RmsPropStep>", 256, 5, 4, 3},

    {"label_max_pool_cuda", "forward_kernel<8, tagloom::Bf16>", 128, 8, 2, 4},
    {"label_max_pool_cuda", "forward_kernel<4, float>", 128, 8, 2, 2},
    {"label_max_pool_cuda", "backward_kernel<8, tagloom::Bf16>", 128, 8, 4, 1},
    {"label_max_pool_cuda", "backward_kernel<4, float>", 128, 8, 2, 1},
    {"lstm_gates_cuda", "forward_kernel<8, tagloom::Bf16>", 64, 12, 14, 7},
    {"lstm_gates_cuda", "forward_kernel<4, float>", 128, 8, 9, 6},
    {"lstm_gates_cuda", "backward_kernel<8, tagloom::Bf16>", 64, 12, 11, 6},
    {"lstm_gates_cuda", "backward_kernel<4, float>", 128, 8, 8, 5},

    {"lstm_decode_cluster", "lstm_decode_kernel<tagloom::Bf16, 1, 1,", 256, 1, 0, 1, 4 * 3, kAllShared},
    {"lstm_decode_cluster", "lstm_decode_kernel<tagloom::Bf16, 1, 2,", 256, 1, 0, 1, 4 * 4, kAllShared},
    {"lstm_decode_cluster", "lstm_decode_kernel<tagloom::Bf16, 2, 4,", 256, 1, 0, 1, 4 * 8, kAllShared},
    {"lstm_decode_cluster", "lstm_decode_kernel<tagloom::Bf16, 2, 5,", 256, 1, 0, 1, 4 * 9, kAllShared},
    {"lstm_decode_cluster", "lstm_decode_kernel<float, 1, 1,", 256, 1, 0, 1, 2 * 3, kAllShared},
    {"lstm_decode_cluster", "lstm_decode_kernel<float, 1, 2,", 256, 1, 0, 1, 2 * 4, kAllShared},
    {"lstm_decode_cluster", "lstm_decode_kernel<float, 1, 4,", 256, 1, 0, 1, 2 * 6, kAllShared},
    {"lstm_decode_grid", "lstm_decode_kernel<tagloom::Bf16, 1, 1,", 256, 1, 4 * 1, 1, 4 * 2, kAllShared},
    {"lstm_decode_grid", "lstm_decode_kernel<tagloom::Bf16, 2, 2,", 256, 1, 4 * 2, 1, 4 * 4, kAllShared},
    {"lstm_decode_grid", "lstm_decode_kernel<tagloom::Bf16, 2, 4,", 256, 1, 4 * 4, 1, 4 * 4, kAllShared},
    {"lstm_decode_grid", "lstm_decode_kernel<float, 1, 1,", 256, 1, 2 * 1, 1, 2 * 2, kAllShared},
    {"lstm_decode_grid", "lstm_decode_kernel<float, 2, 2,", 256, 1, 2 * 2, 1, 2 * 4, kAllShared},

    {"dropout_cuda", "apply_kernel<float>", 256, 8, 1, 1},
    {"dropout_cuda", "apply_kernel<tagloom::Bf16>", 256, 8, 0, 0},  // 8 bytes: one Philox call serves four values
    {"activations_cuda", "elementwise_kernel<8, tagloom::kernels::cuda::(anonymous namespace)::Positive", 256, 8, 1, 1},
    {"activations_cuda", "elementwise_kernel<4, tagloom::kernels::cuda::(anonymous namespace)::Positive", 256, 8, 1, 1},
    {"activations_cuda", "elementwise_kernel<8, tagloom::kernels::cuda::(anonymous namespace)::WherePositive", 256, 8, 2, 1},
    {"activations_cuda", "elementwise_kernel<4, tagloom::kernels::cuda::(anonymous namespace)::WherePositive", 256, 8, 2, 1},
    {"arithmetic_cuda", "elementwise_kernel<8, tagloom::kernels::cuda::(anonymous namespace)::Sum", 256, 8, 2, 1},
    {"arithmetic_cuda", "elementwise_kernel<4, tagloom::kernels::cuda::(anonymous namespace)::Sum", 256, 8, 2, 1},
};

struct KernelCode {
  int registers = 0, shared = 0, stack = 0, local = 0;  // shared: includes the 1 KiB that the system reserves
  int loads = 0, stores = 0, shared_loads = 0, spills = 0;
};

// The blocks that a multiprocessor of sm_90 holds at once: 65,536 registers, allocated to warps in units of 256 by each of four
// schedulers; 2,048 threads, 32 blocks, 228 KiB of shared memory.
int blocks_at_once(const KernelCode& code, int threads, int launch_shared) {
  const int warps = (threads + 31) / 32, registers = (std::max(code.registers, 1) * 32 + 255) / 256 * 256;
  const int by_registers = 65536 / 4 / registers * 4 / warps, by_threads = 2048 / (warps * 32);
  const int shared = code.shared + launch_shared, by_shared = shared == 0 ? 32 : (228 << 10) / shared;
  return std::min({by_registers, by_threads, by_shared, 32});
}

std::string demangled(const std::string& name) {
  int status = 0;
  char* const text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  const std::string result = status == 0 ? text : name;
  std::free(text);
  return result;
}

int number_after(const std::string& text, const std::string& key) {
  const size_t at = text.find(key);
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + key.size());
}

// The path of a program of the CUDA toolkit, or of the copy that third_party/install provides; empty if there is none.
std::string cuda_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(format("{}:/usr/local/cuda/bin:" TAGLOOM_DISASSEMBLER, path == nullptr ? "" : path));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return std::filesystem::absolute(folder + "/" + name);
  }
  return "";
}

// The extracted sm_90 code of NAME.cu in a folder: NAME.sm_90.cubin, or NAME.N.sm_90.cubin if there are several.
std::string cubin_of(const std::string& folder, const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = entry.path().filename();
    if (file.starts_with(name + ".") && file.ends_with(".sm_90.cubin")) return entry.path();
  }
  return "";
}

// The code of a .cu file's kernels, by demangled name.
std::map<std::string, KernelCode> kernels_of(const std::string& cuobjdump, const std::string& nvdisasm,
                                             const std::string& cubin) {
  std::map<std::string, KernelCode> kernels;
  KernelCode* code = nullptr;
  std::istringstream usage(test::run_program({cuobjdump, "-res-usage", cubin}).out);
  for (std::string line; std::getline(usage, line);) {
    if (const size_t at = line.find("Function "); at != std::string::npos) {
      code = &kernels[demangled(line.substr(at + 9, line.find(':', at) - at - 9))];
    } else if (code != nullptr && line.find("REG:") != std::string::npos) {
      code->registers = number_after(line, "REG:");
      code->stack = number_after(line, "STACK:");
      code->shared = number_after(line, "SHARED:");
      code->local = number_after(line, "LOCAL:");
    }
  }
  code = nullptr;
  std::istringstream sass(test::run_program({nvdisasm, "-c", cubin}).out);
  for (std::string line; std::getline(sass, line);) {
    if (const size_t at = line.find(".text."); at != std::string::npos && line.find(".section") != std::string::npos) {
      std::string name = line.substr(at + 6, line.find(',', at) - at - 6);
      if (!name.empty() && name.back() == '"') name.pop_back();
      const auto found = kernels.find(demangled(name));
      code = found == kernels.end() ? nullptr : &found->second;
    } else if (code != nullptr) {
      code->loads += line.find(" LDG.E.128") != std::string::npos;
      code->stores += line.find(" STG.E.128") != std::string::npos || line.find(" ST.E.128") != std::string::npos;
      code->shared_loads += line.find(" LDS.128") != std::string::npos;
      code->spills += line.find(" LDL") != std::string::npos || line.find(" STL") != std::string::npos;
    }
  }
  return kernels;
}

TEST(Sass, HotKernelsAreCompiledAsPlanned) {
  if (!kernels::kCudaBuilt) GTEST_SKIP() << "this build has no CUDA code";
  const std::string cuobjdump = cuda_program("cuobjdump"), nvdisasm = cuda_program("nvdisasm");
  if (cuobjdump.empty() || nvdisasm.empty()) {
    GTEST_SKIP() << "cuobjdump and nvdisasm not found: install them with third_party/install --tests";
  }
  const test::TemporaryFolder folder;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const test::ProgramResult extracted =
      test::run_program({cuobjdump, "-arch", "sm_90", "-xelf", "all", program}, {.folder = folder.path()});
  ASSERT_EQ(extracted.code, 0) << extracted.err;
  if (cubin_of(folder.path(), "arithmetic_cuda").empty()) {
    GTEST_SKIP() << "this build has no code for sm_90, only for " << kernels::kCudaArchitectures;
  }
  std::map<std::string, std::map<std::string, KernelCode>> files;
  for (const SassRow& row : kRows) {
    if (!files.contains(row.file)) {
      files[row.file] = kernels_of(cuobjdump, nvdisasm, cubin_of(folder.path(), row.file));
    }
    int matches = 0;
    for (const auto& [name, code] : files[row.file]) {
      if (name.find(row.kernel) == std::string::npos) continue;
      ++matches;
      const int blocks = blocks_at_once(code, row.threads, row.launch_shared);
      std::ostringstream found;
      found << name.substr(0, name.find("(", name.find(row.kernel) + std::string(row.kernel).size())) << ": " << code.registers
            << " registers, " << code.shared << " bytes of shared memory, " << blocks << " blocks of " << row.threads << ", "
            << code.loads << " loads and " << code.stores << " stores of 16 bytes, " << code.shared_loads
            << " loads of 16 bytes of shared memory";
      EXPECT_GE(blocks, row.blocks) << found.str();
      EXPECT_EQ(code.stack + code.local + code.spills, 0) << "spills or local arrays in " << found.str();
      EXPECT_GE(code.loads, row.loads) << found.str();
      EXPECT_GE(code.stores, row.stores) << found.str();
      EXPECT_GE(code.shared_loads, row.shared_loads) << found.str();
    }
    EXPECT_GT(matches, 0) << "no kernel of " << row.file << ".cu is called " << row.kernel;
  }
}

}  // namespace
}  // namespace tagloom
