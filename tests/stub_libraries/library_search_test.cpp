// The folders and order of the library search, and its error if nothing is found.
#include "kernels/cuda_libraries/library_search.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "kernels/base/device_twins.h"
#include "tests/stub_libraries/stub_clock.h"

namespace tagloom::kernels {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kName[] = "libtagloom_no_such_library.so.7";

class LibrarySearch : public testing::Test {
 protected:
  std::string make(const std::string& path) {
    fs::create_directories(folder_ / path);
    return fs::canonical(folder_ / path);
  }
  std::string put_library(const std::string& path, const char* name = kName) {
    fs::copy_file(STUB_FOLDER "/libcublasLt.so.13", make(path) + "/" + name);
    return fs::canonical(folder_ / path) / name;
  }
  LibraryPlaces places() { return {.root = folder_.path()}; }

  test::TemporaryFolder folder_;
};

TEST_F(LibrarySearch, OrdersToolkitsFromTheNewest) {
  const std::string home = make("home_toolkit/lib64"), path = make("path_toolkit/targets/x86_64-linux/lib");
  const std::string nine = make("usr/local/cuda-9.2/lib64"), thirteen = make("usr/local/cuda-13.0/lib64");
  make("usr/local/cuda-13.0/bin");
  fs::create_directory_symlink("lib64", folder_ / "usr/local/cuda-13.0/lib");
  LibraryPlaces p = places();
  p.cuda_home = folder_ / "home_toolkit";
  p.cuda_path = folder_ / "path_toolkit";
  EXPECT_THAT(usual_folders(p), ElementsAre(home, path, thirteen, nine));
}

TEST_F(LibrarySearch, SearchesTheUnversionedToolkitFirst) {
  const std::string plain = make("usr/local/cuda/lib64"), other = make("usr/local/cuda-13.0/lib64");
  EXPECT_THAT(usual_folders(places()), ElementsAre(plain, other));
}

TEST_F(LibrarySearch, SearchesThePackagesOfThePythonsOnThePath) {
  const std::string venv = make("venv/lib/python3.11/site-packages/nvidia/cudnn/lib");
  const std::string conda = make("conda/lib/python3.10/site-packages/nvidia/cublas/lib");
  const std::string real = make("real/lib/python3.12/site-packages/nvidia/cu13/lib");
  const std::string system = make("system/lib/python3/dist-packages/nvidia/cudnn/lib");
  const std::string pyenv = make("pyenv/versions/3.11.7/lib/python3.11/site-packages/nvidia/cudnn/lib");
  const std::string home = make("home/.local/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib");
  const std::string local = make("usr/local/lib/python3.11/dist-packages/nvidia/cudnn/lib");
  const std::string opt = make("opt/torch/lib/python3.11/site-packages/nvidia/cudnn/lib");
  make("real/lib/python3.12/site-packages/nvidia/cu13/include");
  make("real/bin");
  make("linked/bin");
  make("system/bin");
  make("pyenv/shims");
  std::ofstream(folder_ / "pyenv/shims/python3") << "a script";
  std::ofstream(folder_ / "real/bin/python3.12") << "not started";
  fs::create_symlink("../../real/bin/python3.12", folder_ / "linked/bin/python3");
  std::ofstream(folder_ / "system/bin/python3") << "not started";
  LibraryPlaces p = places();
  p.virtual_env = folder_ / "venv";
  p.conda = folder_ / "conda";
  p.path =
      folder_ / "nowhere" + ":" + (folder_ / "linked/bin") + ":" + (folder_ / "system/bin") + ":" + (folder_ / "pyenv/shims");
  p.home = folder_ / "home";
  EXPECT_THAT(usual_folders(p), ElementsAre(venv, conda, real, system, pyenv, home, local, opt));
}

TEST_F(LibrarySearch, SearchesTheProgramsLibFolderBeforeTheToolkit) {
  const std::string in_package = put_library("pack/lib"), toolkit = put_library("usr/local/cuda/lib64");
  make("pack/bin");
  LibraryPlaces p = places();
  p.executable = folder_ / "pack/bin/tagtrain";
  const FoundLibrary found = open_library(kName, p);
  ASSERT_NE(found.handle, nullptr) << found.problem;
  EXPECT_EQ(found.path, in_package);
  EXPECT_EQ(open_library(kName, places()).path, toolkit);
}

TEST_F(LibrarySearch, SearchesTheVariablesFoldersFirst) {
  const std::string first = put_library("b/first");
  put_library("usr/local/cuda/lib64");
  make("a");
  LibraryPlaces p = places();
  p.first = (folder_ / "a") + ":" + (folder_ / "gone") + ":" + (folder_ / "b/first");
  EXPECT_EQ(open_library(kName, p).path, first);
  // Also before the loader's own path, which has a libm.so.6.
  const std::string ours = put_library("c", "libm.so.6");
  p.first = folder_ / "c";
  EXPECT_EQ(open_library("libm.so.6", p).path, ours);
  EXPECT_THAT(open_library("libm.so.6", places()).path, AllOf(HasSubstr("libm.so.6"), Not(HasSubstr(folder_.path()))));
}

TEST_F(LibrarySearch, ReportsAndSkipsFilesThatAreNotLibraries) {
  const std::string bad = make("usr/local/cuda/lib64") + "/" + kName;
  std::ofstream(bad) << "no library";
  const std::string other = make("usr/local/cuda-13.0/lib64");
  FoundLibrary found = open_library(kName, places());
  EXPECT_EQ(found.handle, nullptr);
  EXPECT_THAT(found.problem,
              HasSubstr(std::string(kName) + " was not found: looked on the loader's path, " +
                        fs::path(bad).parent_path().string() + ", " + other + "; " + bad + " could not be opened: "));
  const std::string good = put_library("usr/local/cuda-13.0/lib64");
  EXPECT_EQ(open_library(kName, places()).path, good);
}

class LibraryFiles : public stub::StubLibraries {};

TEST_F(LibraryFiles, ListTheOpenedFiles) {
  EXPECT_THAT(cuda::library_files(),
              AllOf(StartsWith(STUB_FOLDER "/libcudnn.so.9\n" STUB_FOLDER "/libcublasLt.so.13\n"), HasSubstr("libnvrtc.so.13")));
}

}  // namespace
}  // namespace tagloom::kernels
