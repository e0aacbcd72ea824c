// Imports keywords that exiftool and exiv2 wrote, in sidecars and pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/thrown_message.h"
#include "tests/tools/import/imported.h"
#include "tests/tools/library/embedded_pictures.h"
#include "tools/import/formats.h"
#include "tools/library/sidecar.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::data_error;
using test::run_program;
using testing::ElementsAre;

class ImportXmp : public test::ImporterTest {
 protected:
  ImportXmp() : ImporterTest(kXmpFormat) {}
  std::string write_picture(const std::string& name) {
    write(name, test::text_of_bytes(encode_jpeg(test::gradient(), 90)));
    return folder_ / name;
  }
  static void exiftool(std::vector<std::string> words, const std::string& file) {
    words.insert(words.begin(), {"/usr/bin/exiftool", "-q", "-m", "-overwrite_original"});
    words.push_back(file);
    const test::ProgramResult result = run_program(words);
    ASSERT_EQ(result.code, 0) << result.err;
  }
};

TEST_F(ImportXmp, ReadsSidecarsAndPictures) {
  exiftool({"-XMP-dc:Subject=sky", "-XMP-dc:Subject=blue sea", "-IPTC:Keywords=beach", "-IPTC:Keywords=sky"},
           write_picture("a.jpg"));
  write_picture("b.jpg");
  exiftool({"-XMP-dc:Subject=stem"}, folder_ / "b.xmp");
  write_picture("c/c.jpg");
  exiftool({"-XMP-dc:Subject=whole, with comma"}, folder_ / "c/c.jpg.xmp");
  write_picture("d.jpg");
  const std::string e = write_picture("e.jpg");
  ASSERT_EQ(run_program({"/usr/bin/exiv2", "-M", "add Iptc.Application2.Keywords String night", e}).code, 0);
  EXPECT_THAT(imported().rows,
              ElementsAre("a.jpg: sky,blue sea,beach", "b.jpg: stem", "c/c.jpg: whole, with comma", "d.jpg:", "e.jpg: night"));
  EXPECT_TRUE(imported().report.order.empty());
  EXPECT_TRUE(kXmpFormat.fits(folder_.path()));
  EXPECT_FALSE(kXmpFormat.fits(folder_ / "c/c.jpg"));
}

TEST_F(ImportXmp, ReadsHierarchies) {
  write_picture("a.jpg");
  exiftool({"-XMP-dc:Subject=Dog", "-XMP-dc:Subject=summer", "-XMP-lr:HierarchicalSubject=Animals|Dog"}, folder_ / "a.xmp");
  exiftool({"-XMP-digiKam:TagsList=Places/Oslo"}, write_picture("b.jpg"));
  EXPECT_THAT(imported().rows, ElementsAre("a.jpg: Dog,summer", "b.jpg: Oslo"));
  EXPECT_THAT(imported({.hierarchy = true}).rows, ElementsAre("a.jpg: summer,Animals|Dog", "b.jpg: Places|Oslo"));
}

TEST_F(ImportXmp, LeavesOutKeywordsOfPrograms) {
  const std::string picture = write_picture("a.jpg");
  exiftool({"-XMP-dc:Subject=mine", "-XMP-dc:Subject=darktable|format|jpg",
            "-XMP-digiKam:TagsList=_Digikam_Internal_Tags_/Need Resolving History"},
           folder_ / "a.jpg.xmp");
  ASSERT_TRUE(write_sidecar(picture, SidecarName::kPictureXmp, {.tags = {{"machine", 0.9f}}, .model = "run"}));
  const test::Imported found = imported();
  EXPECT_THAT(found.rows, ElementsAre("a.jpg: mine"));
  EXPECT_THAT(found.left_out(), ElementsAre("1 keyword that Tagloom wrote", "2 internal keywords of darktable or digiKam"));
}

TEST_F(ImportXmp, StopsAtUnreadableFiles) {
  write_picture("a.jpg");
  test::write_whole_file(folder_ / "a.xmp", "<x");
  EXPECT_THAT(data_error([&] { imported(); }), testing::StartsWith(folder_ / "a.xmp"));
  EXPECT_EQ(data_error([&] { imported({.source = folder_ / "a.jpg"}); }), (folder_ / "a.jpg") + ": is not a folder");
}

}  // namespace
}  // namespace tagloom
