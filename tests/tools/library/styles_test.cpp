// Writes keywords to sidecars in the styles of other programs, undoes it, and checks with exiftool and exiv2 that nothing else changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "kernels/base/format.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/library/sidecar_styles.h"
#include "tools/library/sidecar.h"

namespace tagloom {
namespace {

using test::ProgramResult;
using test::read_whole_file;
using test::run_program;
using test::sidecar_styles;

using testing::SizeIs;

class SidecarStyles : public testing::Test {
 protected:
  SidecarStyles() {
    for (size_t i = 0; i < styles_.size(); ++i) {
      pictures_.push_back(folder_ / format("{:02}.jpg", i));
      test::write_whole_file(pictures_[i] + ".xmp", styles_[i].text);
    }
  }
  // All values of each sidecar, under exiftool's names.
  std::vector<nlohmann::json> exiftool() const {
    const ProgramResult read = run_program(
        {"/usr/bin/exiftool", "-json", "-struct", "-G1", "-a", "-n", "-fileOrder", "FileName", "-ext", "xmp", folder_.path()});
    const nlohmann::json all = nlohmann::json::parse(read.out);
    EXPECT_THAT(all, SizeIs(styles_.size())) << read.err;
    return all.get<std::vector<nlohmann::json>>();
  }
  static nlohmann::json without_keywords(const nlohmann::json& values) {
    nlohmann::json rest;
    for (const auto& [key, value] : values.items()) {
      const bool ours = key.starts_with("XMP-tagloom:") || key.starts_with("System:") || key.starts_with("XMP-dc:Subject") ||
                        key == "XMP-lr:HierarchicalSubject" || key == "XMP-digiKam:TagsList" ||
                        key == "ExifTool:Warning";  // about qualifiers, in random order
      if (!ours) rest[key] = value;
    }
    return rest;
  }
  // The other lines that exiv2 prints: key, type, count and value. It also shows XMP keywords as IPTC.
  std::vector<std::string> exiv2_without_keywords(size_t i) const {
    const ProgramResult read = run_program({"/usr/bin/exiv2", "-q", "-Pxkyct", pictures_[i] + ".xmp"});
    const bool readable =
        styles_[i].name != "without xmpmeta" && styles_[i].name != "xapmeta";  // exiv2 detects the format by the first bytes
    if (readable) {
      EXPECT_EQ(read.err, "") << styles_[i].name;
    }
    std::istringstream lines(read.out);
    std::vector<std::string> rest;
    std::string line;
    while (std::getline(lines, line)) {
      bool ours = false;
      for (const char* key : {"Xmp.dc.subject", "Xmp.lr.hierarchicalSubject", "Xmp.digiKam.TagsList", "Xmp.tagloom",
                              "Iptc.Application2.Keywords", "Iptc.Envelope.CharacterSet"})
        ours |= line.find(key) != std::string::npos;
      if (!ours) rest.push_back(line);
    }
    std::ranges::sort(rest);
    return rest;
  }
  static std::vector<std::string> list(const nlohmann::json& values, const std::string& key) {
    if (!values.contains(key)) return {};
    if (!values[key].is_array()) return {values[key].get<std::string>()};
    return values[key].get<std::vector<std::string>>();
  }

  const std::vector<test::SidecarStyle> styles_ = sidecar_styles();
  test::TemporaryFolder folder_;
  std::vector<std::string> pictures_;
};

TEST_F(SidecarStyles, KeepForeignProperties) {
  ASSERT_GE(styles_.size(), 36u);
  const std::vector<nlohmann::json> before = exiftool();
  std::vector<std::vector<std::string>> exiv2_before;
  for (size_t i = 0; i < styles_.size(); ++i) exiv2_before.push_back(exiv2_without_keywords(i));
  const KeywordRequest request{.tags = {{"quay", 0.5f}, {"jetty", 0.4f, {"Places"}}},
                               .fields = {KeywordField::kDc, KeywordField::kLr, KeywordField::kDigikam},
                               .model = "first"};
  for (size_t i = 0; i < styles_.size(); ++i)
    EXPECT_TRUE(write_sidecar(pictures_[i], SidecarName::kPictureXmp, request)) << styles_[i].name;

  const std::vector<nlohmann::json> after = exiftool();
  for (size_t i = 0; i < styles_.size(); ++i) {
    SCOPED_TRACE(styles_[i].name);
    EXPECT_EQ(without_keywords(after[i]), without_keywords(before[i]));
    EXPECT_EQ(exiv2_without_keywords(i), exiv2_before[i]);
    const std::pair<const char*, std::vector<std::string>> fields[] = {{"XMP-dc:Subject", {"quay", "jetty"}},
                                                                       {"XMP-lr:HierarchicalSubject", {"quay", "Places|jetty"}},
                                                                       {"XMP-digiKam:TagsList", {"quay", "Places/jetty"}}};
    for (const auto& [key, added] : fields) {
      std::vector<std::string> expected = list(before[i], key);
      std::erase(expected, "");
      expected.insert(expected.end(), added.begin(), added.end());
      EXPECT_EQ(list(after[i], key), expected) << read_whole_file(pictures_[i] + ".xmp");
    }
  }

  for (size_t i = 0; i < styles_.size(); ++i)
    EXPECT_TRUE(write_sidecar(pictures_[i], SidecarName::kPictureXmp, {.undo = true})) << styles_[i].name;
  const std::vector<nlohmann::json> undone = exiftool();
  for (size_t i = 0; i < styles_.size(); ++i) {
    EXPECT_EQ(without_keywords(undone[i]), without_keywords(before[i])) << styles_[i].name;
    for (const char* key : {"XMP-dc:Subject", "XMP-lr:HierarchicalSubject", "XMP-digiKam:TagsList"}) {
      std::vector<std::string> expected = list(before[i], key);
      std::erase(expected, "");
      EXPECT_EQ(list(undone[i], key), expected) << styles_[i].name;
    }
    EXPECT_EQ(exiv2_without_keywords(i), exiv2_before[i]) << styles_[i].name;
  }
}

}  // namespace
}  // namespace tagloom
