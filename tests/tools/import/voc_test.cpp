// PASCAL VOC's folders, with annotations as in the development kit.

#include "tests/tools/import/import_fixture.h"

namespace tagloom::test {
namespace {

class ImportVoc : public ImportFixture {
 protected:
  // An object in the words of the development kit: name, difficult, box.
  static std::string object(const std::string& name, bool difficult, const std::string& box) {
    return "\t<object>\n\t\t<name>" + name + "</name>\n\t\t<pose>Left</pose>\n\t\t<truncated>1</truncated>\n\t\t<difficult>" +
           (difficult ? "1" : "0") + "</difficult>\n\t\t<bndbox>" + box + "</bndbox>\n\t</object>\n";
  }
  static std::string xml(const std::string& file, const std::string& objects) {
    return "<annotation>\n\t<folder>VOC2007</folder>\n\t<filename>" + file +
           "</filename>\n\t<size>\n\t\t<width>500</width>\n\t\t<height>375</height>\n\t\t<depth>3</depth>\n\t</size>\n" +
           objects + "</annotation>\n";
  }
  static std::string box(int x0, int y0, int x1, int y1) {
    return "<xmin>" + std::to_string(x0) + "</xmin><ymin>" + std::to_string(y0) + "</ymin><xmax>" + std::to_string(x1) +
           "</xmax><ymax>" + std::to_string(y1) + "</ymax>";
  }
  void put_kit() {
    for (const char* name : {"000005.jpg", "000007.jpg", "000009.jpg"}) put(std::string("JPEGImages/") + name);
    put("Annotations/000005.xml",
        xml("000005.jpg", object("chair", false, box(10, 10, 20, 20)) + object("sofa", true, box(1, 1, 9, 9)) +
                              object("chair", true, box(5, 5, 6, 6)) +
                              "<object><name>person</name><part><name>head</name></part><bndbox>" + box(0, 0, 100, 100) +
                              "</bndbox></object>"));
    put("Annotations/000007.xml", xml("000007.jpg", object("car", true, box(0, 0, 1, 1))));
    put("ImageSets/Main/train.txt", "000007\n000009\n");
    put("ImageSets/Main/car_trainval.txt", "000005 -1\n000007  1\n");
  }
};

TEST_F(ImportVoc, ReadsEveryAnnotation) {
  put_kit();
  const ImportSummary summary = run("auto", {""});
  EXPECT_EQ(rows(), (ImportedRows{{"JPEGImages/000005.jpg", "chair|sofa|person"}, {"JPEGImages/000007.jpg", "car"}}));
  EXPECT_EQ(summary.report.left_out[1].count, 1) << "000009 has no XML file";
  EXPECT_EQ(words(), "car\nchair\nperson\nsofa\n");
}

TEST_F(ImportVoc, DropsDifficultObjects) {
  put_kit();
  ImportRequest request{""};
  request.difficult = false;
  const ImportSummary summary = run("voc", request);
  EXPECT_EQ(rows(), (ImportedRows{{"JPEGImages/000005.jpg", "chair|person"}, {"JPEGImages/000007.jpg", ""}}));
  EXPECT_EQ(summary.report.left_out[0].count, 3);
}

TEST_F(ImportVoc, SortsByTheAreaOfBoxes) {
  put_kit();
  ImportRequest request{""};
  request.largest_first = true;
  EXPECT_EQ(run("voc", request).report.order, "by the area of their boxes, largest first");
  EXPECT_EQ(rows()[0].second, "person|chair|sofa");  // 10000, 100 + 1, 64
  put("Annotations/000005.xml",
      xml("000005.jpg", object("wide", false, box(0, 0, 20, 2)) + object("tall", false, box(0, 0, 5, 30))));
  run("voc", request);
  EXPECT_EQ(rows()[0].second, "tall|wide");  // 150, 40
}

TEST_F(ImportVoc, ReadsTheListOfASplit) {
  put_kit();
  ImportRequest request{""};
  request.split = "train";
  EXPECT_EQ(run("voc", request).report.left_out[1].count, 1);
  EXPECT_EQ(rows(), (ImportedRows{{"JPEGImages/000007.jpg", "car"}}));
  request.split = "car_trainval";
  run("voc", request);
  EXPECT_EQ(rows().size(), 2u);
  request.split = "test";
  EXPECT_ERROR(kData, "ImageSets/Main/test.txt", run("voc", request));
}

TEST_F(ImportVoc, ReadsAnnotationsNextToPictures) {
  put("a.png");
  put("b.jpg");
  put("a.xml", xml("C:\\photos\\a.png", object("cat", false, box(0, 0, 1, 1))));
  put("b.xml", xml("b", object(" big dog\n", false, box(0, 0, 1, 1))));
  run("auto", {""});
  EXPECT_EQ(rows(), (ImportedRows{{"a.png", "cat"}, {"b.jpg", "big dog"}}));
}

TEST_F(ImportVoc, AnErrorIsOneSentenceAndNothingIsWritten) {
  put("JPEGImages/1.jpg");
  const std::pair<std::string, std::string> invalid[] = {
      {"<annotation>\n<filename>1.jpg</file", "Annotations/1.xml:2: is not XML: "},
      {"", "Annotations/1.xml:1: is not XML: "},
      {"<note/>", "Annotations/1.xml: its root is <note>, not <annotation>"},
      {xml("1.jpg", "<object><difficult>0</difficult></object>"), "Annotations/1.xml: an <object> has no <name>"},
      {xml("1.jpg", "<object><name>cat</name><difficult>yes</difficult></object>"), "<difficult> must be 0 or 1, got \"yes\""},
      {xml("gone.jpg", ""), "1 of 1 picture does not exist, such as "},
      {xml("1.jpg", "<object><name>c\xFFt</name></object>"), "Annotations/1.xml: byte 2 is not UTF-8"},
  };
  for (const auto& [text, message] : invalid) {
    put("Annotations/1.xml", text);
    EXPECT_ERROR(kData, message, run("voc", {""}));
    EXPECT_EQ(folder.file_count(), 2) << text;
  }
}

// A second or two, or the time limit of the tests if each were sought in a list.
TEST_F(ImportVoc, ManyClassesOfOnePictureTakeLittleTime) {
  constexpr int kNames = 400'000;
  put("JPEGImages/1.jpg");
  std::string objects;
  for (int i = 0; i < kNames; ++i) objects += "<object><name>class" + std::to_string(i) + "</name></object>";
  put("Annotations/1.xml", xml("1.jpg", objects));
  EXPECT_EQ(run("voc", {""}).tags_in_all, kNames);
}

}  // namespace
}  // namespace tagloom::test
