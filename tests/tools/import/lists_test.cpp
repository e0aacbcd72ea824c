// Imports lists with matrices of tags, in the layouts of the benchmarks of Guillaumin et al. and of the multi-order RNN's code.
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
using testing::IsEmpty;
using std::string_literals::operator""s;

class ImportLists : public test::ImporterTest {
 protected:
  ImportLists() : ImporterTest(kListsFormat) {}
  std::vector<std::string> rows(const ImportRequest& request = {}) { return imported(request).rows; }
  // Three pictures of Corel 5k's layout: rows of 16-bit integers, each after the number of columns.
  void write_corel() {
    write("corel5k_train_list.txt", "1000/1000\n1000/1001\n");
    write("corel5k_test_list.txt", "1000/1002\n");
    write("corel5k_dictionary.txt", "city\nmountain\nsky\n");
    write("corel5k_train_annot.hvecs", "\x03\0\x01\0\0\0\x01\0\x03\0\0\0\0\0\0\0"s);
    write("corel5k_test_annot.hvecs", "\x03\0\0\0\x01\0\x01\0"s);
  }
};

TEST_F(ImportLists, ReadsBinaryMatrices) {
  write_corel();
  EXPECT_THAT(rows({.source = folder_.path(), .split = "train"}), ElementsAre("1000/1000.jpg: city,sky", "1000/1001.jpg:"));
  EXPECT_THAT(rows({.source = folder_ / "corel5k_test_list.txt"}), ElementsAre("1000/1002.jpg: mountain,sky"));
  EXPECT_THAT(rows(), ElementsAre("1000/1002.jpg: mountain,sky", "1000/1000.jpg: city,sky", "1000/1001.jpg:"));
  EXPECT_THAT(imported().report.words, ElementsAre("city", "mountain", "sky"));
  EXPECT_TRUE(imported().report.order.empty());
  EXPECT_TRUE(kListsFormat.fits(folder_.path()));
  EXPECT_TRUE(kListsFormat.fits(folder_ / "corel5k_test_list.txt"));
  EXPECT_FALSE(kListsFormat.fits(folder_ / "corel5k_dictionary.txt"));
}

// The multi-order RNN's code: nus1_dict81.txt, text matrices, names followed by more words.
TEST_F(ImportLists, ReadsTextMatrices) {
  write("nus1_train_list.txt", "actor/0001_1.jpg 1 0\r\nboats\\0002_2.jpg 0 1\r\n\r\n");
  write("nus1_train_annot.txt", "1 0\r\n0 1 \r\n");
  write("nus1_dict81.txt", "sky\r\nblue water\r\n");
  EXPECT_THAT(rows(), ElementsAre("actor/0001_1.jpg: sky", "boats/0002_2.jpg: blue water"));
  write("nus1_train_annot.txt", "1.0\t0.0\n1.000000000000000000e+00,1\n");
  EXPECT_THAT(rows(), ElementsAre("actor/0001_1.jpg: sky", "boats/0002_2.jpg: sky,blue water"));
  fs::rename(folder_ / "nus1_train_annot.txt", folder_ / "nus1_train_annot.csv");
  EXPECT_THAT(rows(), ElementsAre("actor/0001_1.jpg: sky", "boats/0002_2.jpg: sky,blue water"));
}

// Lists name pictures without their extension, and with a slash that means the folder of the pictures.
TEST_F(ImportLists, FindsThePictures) {
  write_corel();
  write("images/1000/1002.jpeg", "");
  const ImportRequest request{.source = folder_ / "corel5k_test_list.txt", .pictures = folder_ / "images"};
  EXPECT_THAT(rows(request), ElementsAre("images/1000/1002.jpeg: mountain,sky"));
  write("corel5k_test_list.txt", "/1000/1002\n");
  EXPECT_THAT(rows(request), ElementsAre("images/1000/1002.jpeg: mountain,sky"));
  write("corel5k_test_list.txt", folder_ / "images/1000/1002.jpeg" + "\n");
  EXPECT_THAT(rows(), testing::Contains("images/1000/1002.jpeg: mountain,sky"));
}

TEST_F(ImportLists, NamesTheRowThatIsWrong) {
  write_corel();
  write("corel5k_test_annot.hvecs", "\x04\0\0\0\x01\0\x01\0"s);
  EXPECT_EQ(error(), "corel5k_test_annot.hvecs: row 1 must have 3 values, one for each tag of " +
                         (folder_ / "corel5k_dictionary.txt") + ", but has 4");
  write("corel5k_test_annot.hvecs", "\x03\0\0\0\x02\x01\x01\0"s);
  EXPECT_EQ(error(), "corel5k_test_annot.hvecs: row 1: value 2 is 258, not 0 or 1");
  write("corel5k_test_annot.hvecs", "\x03\0\0\0\x01\0\x01"s);
  EXPECT_EQ(error(), "corel5k_test_annot.hvecs: row 1: the file ends in the middle of it");
  write("corel5k_test_annot.hvecs", "\x03\0\0\0\x01\0\x01\0\x03"s);
  EXPECT_EQ(error(), "corel5k_test_annot.hvecs: row 2: the file ends in the middle of it");
  write("corel5k_test_annot.hvecs", "\x03\0\0\0\x01\0\x01\0\x03\0\0\0\x01\0\x01\0"s);
  EXPECT_EQ(error(), "corel5k_test_annot.hvecs: has more rows than " + (folder_ / "corel5k_test_list.txt") +
                         ", which has 1 picture: the files do not belong together");
  write("corel5k_test_annot.hvecs", "");
  EXPECT_EQ(error(), "corel5k_test_list.txt:1: " + (folder_ / "corel5k_test_annot.hvecs") +
                         " has only 0 rows: the files do not belong together");
}

TEST_F(ImportLists, NamesTheLineThatIsWrong) {
  write("x_train_list.txt", "a.jpg\nb.jpg\n");
  write("x_train_annot.txt", "1 0\n0 2\n");
  write("x_dict.txt", "sky\nsea\n");
  EXPECT_EQ(error(), "x_train_annot.txt:2: \"2\" is neither 0 nor 1");
  write("x_train_annot.txt", "1 0\n0\n");
  EXPECT_EQ(error(),
            "x_train_annot.txt:2: the line must have 2 values, one for each tag of " + (folder_ / "x_dict.txt") + ", but has 1");
  write("x_train_annot.txt", "1 0\n0 1\n");
  write("x_train_list.txt", "a.jpg\n\nb.jpg\n");
  EXPECT_EQ(error(), "x_train_list.txt:2: the line is empty; remove it if the list has no entry there");
  write("x_train_list.txt", "a.jpg\nb\xFF.jpg\n");
  EXPECT_THAT(error(), testing::StartsWith("x_train_list.txt:2: "));
}

TEST_F(ImportLists, NamesTheFileThatIsMissing) {
  EXPECT_EQ(data_error([&] { rows(); }), folder_.path() + ": has no list of pictures such as NAME_train_list.txt");
  EXPECT_FALSE(kListsFormat.fits(folder_.path()));
  write("x_train_list.txt", "a.jpg\n");
  EXPECT_EQ(data_error([&] { rows({.source = folder_.path(), .split = "test"}); }),
            folder_.path() + ": has no list of pictures such as NAME_test_list.txt");
  EXPECT_EQ(data_error([&] { rows(); }), folder_.path() + ": has x_train_list.txt, but no x_train_annot.hvecs, .txt or .csv");
  write("x_train_annot.txt", "1\n");
  EXPECT_EQ(data_error([&] { rows(); }), folder_.path() + ": has no x_dictionary.txt or x_dict.txt, which names the tags");
  write("x_dict.txt", "sky\n");
  EXPECT_THAT(rows(), ElementsAre("a.jpg: sky"));
  write("x_dict2.txt", "sky\n");
  EXPECT_EQ(data_error([&] { rows(); }),
            folder_.path() + ": has both x_dict.txt and x_dict2.txt: remove the one that does not fit the annotations");
  write("y_train_list.txt", "");
  EXPECT_EQ(data_error([&] { rows(); }), folder_.path() +
                                             ": has lists of several datasets: give x_train_list.txt or "
                                             "y_train_list.txt as the source, and import the others separately");
  EXPECT_EQ(error({.source = folder_ / "x_dict.txt"}),
            "x_dict.txt: is not a list of pictures, which has a name such as NAME_train_list.txt");
}

}  // namespace
}  // namespace tagloom
