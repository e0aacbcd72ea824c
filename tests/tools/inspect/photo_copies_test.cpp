// How many copies of photographs are found: those of tools/README.md, with TAGLOOM_DATA.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "engine/data/image.h"
#include "engine/data/manifest.h"
#include "engine/data/resize.h"
#include "engine/data/sampler.h"
#include "tools/inspect/duplicate_pictures.h"

namespace tagloom {
namespace {

constexpr int64_t kCopies = 500;

Image cropped(const Image& image, float most, int64_t copy) {
  const auto cut = [&](int side, int length) {
    return static_cast<int>(
        std::lround(most * random_uniform({17, 3}, static_cast<uint64_t>(4 * copy + side)) * static_cast<float>(length)));
  };
  const int left = cut(0, image.width), top = cut(1, image.height);
  Image part{image.width - left - cut(2, image.width), image.height - top - cut(3, image.height), {}};
  for (int y = 0; y < part.height; ++y) {
    const auto row = image.rgb.begin() + 3 * ((top + y) * image.width + left);
    part.rgb.insert(part.rgb.end(), row, row + 3 * part.width);
  }
  return part;
}

Image mirrored(const Image& image) {
  Image out = image;
  resize_image(image, {image.width, image.height, 0, 0, image.width, image.height, true}, out.rgb);
  return out;
}

struct CopyCase {
  const char* name;
  int quality;
  std::function<Image(const Image&, int64_t copy)> change;
  int64_t least;  // of kCopies that must be found
};

void expect_copies_found(const std::string& dataset) {
  const char* data = std::getenv("TAGLOOM_DATA");
  if (data == nullptr) GTEST_SKIP() << "TAGLOOM_DATA is not set";
  std::vector<std::filesystem::path> files;
  for (const char* part : {"train.tsv", "test.tsv"}) {
    const Manifest manifest = read_manifest(std::filesystem::path(data) / dataset / part);
    for (const ManifestRow& row : manifest.rows) files.push_back(manifest.file.parent_path() / row.path);
  }
  std::vector<PictureGreys> greys;
  std::vector<PicturePrint> prints;
  const auto add = [&](const Image& image) {
    greys.push_back(greys_of(image));
    prints.push_back({true, greys.size(), greys.size(), look_of(greys.back())});
  };
  for (const auto& file : files) add(decode_image(file));
  const std::vector<int64_t> order = permutation(static_cast<int64_t>(files.size()), {17, 4});
  const CopyCase cases[] = {
      {"quality 40", 40, [](const Image& image, int64_t) { return image; }, 500},
      {"half size", 85, [](const Image& image, int64_t) { return resize_image(image, image.width / 2, image.height / 2); }, 500},
      {"mirrored", 90, [](const Image& image, int64_t) { return mirrored(image); }, 500},
      {"cropped by 0 to 5 % at each side", 90, [](const Image& image, int64_t copy) { return cropped(image, 0.05f, copy); }, 475},
      {"cropped by 0 to 10 % at each side", 90, [](const Image& image, int64_t copy) { return cropped(image, 0.1f, copy); },
       400}};
  const size_t originals = prints.size();
  for (const CopyCase& one : cases) {
    prints.resize(originals);
    greys.resize(originals);
    for (int64_t copy = 0; copy < kCopies; ++copy) {
      const Image changed = one.change(decode_image(files[static_cast<size_t>(order[static_cast<size_t>(copy)])]), copy);
      add(decode_image(encode_jpeg(changed, one.quality), one.name));
    }
    Progress progress;
    int64_t found = 0, wrong = 0;
    for (const auto& group : duplicate_groups(
             prints, [&](int64_t i) { return greys[static_cast<size_t>(i)]; }, {}, progress)) {
      const auto has = [&](int64_t picture) {
        return std::any_of(group.begin(), group.end(), [&](const PictureCopy& copy) { return copy.picture == picture; });
      };
      for (const PictureCopy& copy : group) {
        const int64_t number = copy.picture - static_cast<int64_t>(originals);
        if (number >= 0) (has(order[static_cast<size_t>(number)]) ? found : wrong) += 1;
      }
    }
    std::printf("%s, %s: found %d of %d, %d grouped with other pictures only\n", dataset.c_str(), one.name,
                static_cast<int>(found), static_cast<int>(kCopies), static_cast<int>(wrong));
    EXPECT_GE(found, one.least) << one.name;
    EXPECT_LE(wrong, 1) << one.name;
  }
}

TEST(PhotoCopies, AreFoundInCorel5k) { expect_copies_found("corel5k"); }
TEST(PhotoCopies, AreFoundInFlickr8k) { expect_copies_found("flickr8k"); }

}  // namespace
}  // namespace tagloom
