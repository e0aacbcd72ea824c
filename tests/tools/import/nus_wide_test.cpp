// Imports NUS-WIDE's lists in the layout of its archives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"
#include "tests/tools/import/imported.h"
#include "tools/import/formats.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::data_error;
using testing::ElementsAre;

class ImportNusWide : public test::ImporterTest {
 protected:
  ImportNusWide() : ImporterTest(kNusWideFormat) {}
  void SetUp() override {
    fs::create_directories(folder_ / "Flickr");
    write("ImageList/Imagelist.txt", "actor\\0001_2124494179.jpg \r\nbeach\\0002_174174086.jpg \r\nzoo\\0003_5.jpg \r\n");
    write("ImageList/TrainImagelist.txt", "actor\\0001_2124494179.jpg\nzoo\\0003_5.jpg\n");
    write("ImageList/TestImagelist.txt", "beach\\0002_174174086.jpg\n");
    write("ConceptsList/Concepts81.txt", "sky\nwater\n");
    write("Groundtruth/AllLabels/Labels_sky.txt", "1\n1\n0\n");
    write("Groundtruth/AllLabels/Labels_water.txt", "0\n1\n0\n");
    write("Groundtruth/TrainTestLabels/Labels_sky_Train.txt", "1\n0\n");
    write("Groundtruth/TrainTestLabels/Labels_water_Train.txt", "0\n0\n");
    write("Groundtruth/TrainTestLabels/Labels_sky_Test.txt", "1\n");
    write("Groundtruth/TrainTestLabels/Labels_water_Test.txt", "1\n");
    write("NUS_WID_Tags/All_Tags.txt", "5\t zoo  zebra\n2124494179       actor red\n9 x\n174174086\n");
    write("NUS_WID_Tags/TagList1k.txt", "nature\nsky\nblue\n");
    write("NUS_WID_Tags/AllTags1k.txt", "1\t0\t0\t\n0\t1\t1\t\n0\t0\t0\t\n");
    write("NUS_WID_Tags/Test_Tags81.txt", "1 0 \n");
  }
  ImportRequest part(const std::string& source, const std::string& split = "") {
    return {.source = source.empty() ? folder_.path() : folder_ / source, .split = split};
  }
};

TEST_F(ImportNusWide, ReadsConcepts) {
  EXPECT_THAT(imported(part("")).rows, ElementsAre("Flickr/actor/0001_2124494179.jpg: sky",
                                                   "Flickr/beach/0002_174174086.jpg: sky,water", "Flickr/zoo/0003_5.jpg:"));
  EXPECT_THAT(imported(part("")).report.words, ElementsAre("sky", "water"));
  EXPECT_TRUE(imported(part("")).report.order.empty());
  EXPECT_THAT(imported(part("", "train")).rows, ElementsAre("Flickr/actor/0001_2124494179.jpg: sky", "Flickr/zoo/0003_5.jpg:"));
  EXPECT_THAT(imported(part("", "test")).rows, ElementsAre("Flickr/beach/0002_174174086.jpg: sky,water"));
  EXPECT_TRUE(kNusWideFormat.fits(folder_.path()));
  EXPECT_FALSE(kNusWideFormat.fits(folder_ / "Flickr"));
}

TEST_F(ImportNusWide, ReadsBothSplitsWithoutTheLabelsOfAll) {
  fs::remove_all(folder_ / "Groundtruth/AllLabels");
  EXPECT_THAT(imported(part("")).rows, ElementsAre("Flickr/actor/0001_2124494179.jpg: sky",
                                                   "Flickr/zoo/0003_5.jpg:", "Flickr/beach/0002_174174086.jpg: sky,water"));
}

// Unpacked without the archives' own folders.
TEST_F(ImportNusWide, ReadsFilesInOneFolder) {
  for (const char* inner : {"ImageList", "ConceptsList", "Groundtruth"}) {
    for (const auto& entry : fs::directory_iterator(folder_ / inner))
      fs::rename(entry.path(), folder_ / entry.path().filename().string());
  }
  fs::rename(folder_ / "Flickr", folder_ / "images");
  EXPECT_THAT(imported(part("", "test")).rows, ElementsAre("images/beach/0002_174174086.jpg: sky,water"));
  EXPECT_THAT(imported(part("")).rows, testing::SizeIs(3));
}

TEST_F(ImportNusWide, ReadsTheTagsOfUsers) {
  const test::Imported found = imported(part("NUS_WID_Tags/All_Tags.txt"));
  EXPECT_THAT(found.rows, ElementsAre("Flickr/actor/0001_2124494179.jpg: actor,red",
                                      "Flickr/beach/0002_174174086.jpg:", "Flickr/zoo/0003_5.jpg: zoo,zebra"));
  EXPECT_THAT(found.left_out(), ElementsAre("1 line about a picture that is not in the list"));
  EXPECT_THAT(imported(part("NUS_WID_Tags/All_Tags.txt", "train")).rows,
              ElementsAre("Flickr/actor/0001_2124494179.jpg: actor,red", "Flickr/zoo/0003_5.jpg: zoo,zebra"));
}

TEST_F(ImportNusWide, ReadsMatricesOfTags) {
  EXPECT_THAT(imported(part("NUS_WID_Tags/AllTags1k.txt")).rows,
              ElementsAre("Flickr/actor/0001_2124494179.jpg: nature", "Flickr/beach/0002_174174086.jpg: sky,blue",
                          "Flickr/zoo/0003_5.jpg:"));
  EXPECT_THAT(imported(part("NUS_WID_Tags/Test_Tags81.txt")).rows, ElementsAre("Flickr/beach/0002_174174086.jpg: sky"));
  EXPECT_TRUE(kNusWideFormat.fits(folder_ / "NUS_WID_Tags/Test_Tags81.txt"));
  EXPECT_EQ(test::usage_error([&] { imported(part("NUS_WID_Tags/Test_Tags81.txt", "train")); }),
            "--split train does not apply to " + (folder_ / "NUS_WID_Tags/Test_Tags81.txt") +
                ", which contains one split: leave it out");
}

TEST_F(ImportNusWide, ErrorsNameTheFileAndLine) {
  write("Groundtruth/AllLabels/Labels_water.txt", "0\n1\n");
  EXPECT_EQ(error(), "Groundtruth/AllLabels/Labels_water.txt: has 2 lines, but " + (folder_ / "ImageList/Imagelist.txt") +
                         " has 3 pictures");
  write("Groundtruth/AllLabels/Labels_water.txt", "0\n1\n-1\n");
  EXPECT_EQ(error(), "Groundtruth/AllLabels/Labels_water.txt:3: \"-1\" is neither 0 nor 1");
  fs::remove(folder_ / "Groundtruth/AllLabels/Labels_water.txt");
  EXPECT_THAT(error(), testing::StartsWith("Groundtruth/AllLabels/Labels_water.txt: "));
  fs::remove(folder_ / "ConceptsList/Concepts81.txt");
  EXPECT_EQ(error(), folder_.path() +
                         ": has no ConceptsList/Concepts81.txt: give the folder into which NUS-WIDE's archives were unpacked");
  write("ImageList/Imagelist.txt", "a\\1_5.jpg\nb\\2_5.jpg\n");
  EXPECT_EQ(error(part("NUS_WID_Tags/All_Tags.txt")), "ImageList/Imagelist.txt:2: photograph 5 is already in an earlier line");
  EXPECT_EQ(test::usage_error([&] { imported(part("", "val")); }), "--split val: NUS-WIDE has the splits train and test");
  EXPECT_THAT(error(part("NUS_WID_Tags/TagList1k.txt")), testing::HasSubstr("TagList1k.txt: give NUS-WIDE's folder"));
  fs::remove_all(folder_ / "ImageList");
  EXPECT_THAT(error(part("NUS_WID_Tags/All_Tags.txt")),
              testing::HasSubstr("All_Tags.txt: there is no ImageList/Imagelist.txt next to it"));
}

}  // namespace
}  // namespace tagloom
