// Names of classes, in the usual forms.
#include "tools/pretrained/class_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_in(const std::string& text) { return parse_class_names(text, "names").names; }

TEST(ClassNames, ReadsEveryForm) {
  const std::vector<std::string> three{"tench", "great white shark", "goldfinch's nest"};
  const struct {
    const char *text, *form;
  } rows[] = {
      {R"({"2": ["n3", "goldfinch's_nest"], "0": ["n01440764", "tench"], "1": ["n01484850", "great_white_shark"]})",
       "a JSON index of classes"},
      {R"({"0": "tench", "1": "great white shark", "2": "goldfinch's nest"})", "a JSON index of classes"},
      {R"({"tench": 0, "goldfinch's nest": 2, "great white shark": 1})", "a JSON index of classes"},
      {R"(["tench", "great white shark, white shark", "goldfinch's nest"])", "a JSON list of classes"},
      {R"({"model_type": "resnet", "id2label": {"0": "tench, Tinca tinca", "1": "great white shark, man-eater", "2": "goldfinch's nest"}})",
       "a configuration with id2label"},
      {R"({"label2id": {"tench": 0, "great white shark": 1, "goldfinch's nest": 2}})", "a configuration with label2id"},
      {R"({"label_names": ["n1", "n2", "n3"],
           "label_descriptions": {"n1": "tench", "n2": "great white shark", "n3": "goldfinch's nest"}})",
       "a configuration with label_names"},
      {R"({"pretrained_cfg": {"label_names": ["tench", "great white shark", "goldfinch's nest"]}})",
       "a configuration with label_names"},
      {"{0: 'tench, Tinca tinca',\n 1: 'great white shark, white shark, man-eater',\n 2: \"goldfinch's nest\"}\n",
       "a Python dictionary"},
      {"{0: 'tench', 1: 'great white shark', 2: 'goldfinch\\'s nest',}", "a Python dictionary"},
      {"n01440764 tench, Tinca tinca\r\nn01484850 great white shark, white shark\r\nn02000000 goldfinch's nest\r\n",
       "a list of synsets with names"},
      {"0: tench\n1: great white shark\n2: goldfinch's nest\n", "a numbered list"},
      {"1 tench\n2 great white shark\n3 goldfinch's nest\n", "a numbered list"},
      {"\uFEFFtench\n\ngreat white shark\ngoldfinch's nest", "a list of names"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const ClassNames classes = parse_class_names(row.text, "names");
    EXPECT_EQ(classes.names, three);
    EXPECT_EQ(classes.form, row.form);
    EXPECT_THAT(classes.notes, IsEmpty());
  }
}

// ILSVRC numbers its synsets in another order than networks do.
TEST(ClassNames, SortsSynsets) {
  const ClassNames classes = parse_class_names("n02119789 1 kit_fox\nn01440764 449 tench\n", "names");
  EXPECT_THAT(classes.names, ElementsAre("tench", "kit_fox"));
  EXPECT_THAT(classes.notes, ElementsAre("the classes were sorted by synset, the order of ImageNet's networks"));
}

TEST(ClassNames, DistinguishesClassesThatShareAName) {
  EXPECT_THAT(names_in("n02012849 crane\nn03126707 crane\n"), ElementsAre("crane (n02012849)", "crane (n03126707)"));
  EXPECT_THAT(names_in("crane\nship\ncrane\n"), ElementsAre("crane (class 0)", "ship", "crane (class 2)"));
  EXPECT_THAT(names_in("maillot\nmaillot, tank suit\n"), ElementsAre("maillot (class 0)", "maillot (tank suit)"));
  EXPECT_THAT(names_in("Cardigan, Cardigan Welsh corgi\ncardigan\n"),
              ElementsAre("Cardigan (Cardigan Welsh corgi)", "cardigan (class 1)"));
  EXPECT_THAT(names_in("crane, bird\ncrane, Bird\n"), ElementsAre("crane (class 0)", "crane (class 1)"));
  EXPECT_THAT(names_in(R"({"0": ["n1", "crane"], "1": ["n1", "crane"]})"), ElementsAre("crane (class 0)", "crane (class 1)"));
  EXPECT_ERROR(kData, "names: classes 0 and 2 are both called \"crane (class 0)\": rename one",
               names_in("crane\ncrane\ncrane (class 0)\n"));
  EXPECT_THAT(parse_class_names("crane\nship\ncrane\n", "names").notes,
              ElementsAre("2 classes are called \"crane\": they become \"crane (class 0)\" and \"crane (class 2)\""));
}

TEST(ClassNames, RejectsFilesWithoutNames) {
  EXPECT_ERROR(kData, "a.json: this JSON has no names of classes", parse_class_names(R"({"hidden_size": [3]})", "a.json"));
  EXPECT_ERROR(kData, "this JSON has no names", parse_class_names(R"({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}})", "a.json"));
  EXPECT_ERROR(kData, "this JSON has no names", parse_class_names(R"([1, 2])", "a.json"));
  EXPECT_ERROR(kData, "a.json: class 1 is missing", parse_class_names(R"({"0": "a", "2": "b"})", "a.json"));
  EXPECT_ERROR(kData, "a.json: is not valid JSON", parse_class_names("[\"a\"", "a.json"));
  EXPECT_ERROR(kData, "a.txt:2: expected the number of a class", parse_class_names("{0: 'a',\n b: 'c'}", "a.txt"));
  EXPECT_ERROR(kData, "a.txt:1: is neither JSON nor a Python dictionary", parse_class_names("{0 'a'}", "a.txt"));
  EXPECT_ERROR(kData, "a.txt: a quote is never closed", parse_class_names("{0: 'a", "a.txt"));
  EXPECT_ERROR(kData, "a.txt:1: has two classes with the number 0", parse_class_names("{0: 'a', 0: 'b'}", "a.txt"));
  EXPECT_ERROR(kData, "a.txt: lists synsets without names", parse_class_names("n01440764\nn01443537\n", "a.txt"));
  EXPECT_ERROR(kData, "a.txt: class 1 has no name", parse_class_names("{0: 'a', 1: ' '}", "a.txt"));
  EXPECT_ERROR(kData, "a.txt: has no names of classes", parse_class_names(" \n", "a.txt"));
  EXPECT_ERROR(kData, "a.txt: byte 2 is a control character", parse_class_names("{0: 'a\x1B'}", "a.txt"));
  EXPECT_ERROR(kData, "is not UTF-8", parse_class_names("{0: 'a\xFF'}", "a.txt"));
  for (const char* cut : {"{", "{0", "{0:", "{0: 'a", "{0: 'a'", "{0: 'a',", "{0: 'a\\"})
    EXPECT_ERROR(kData, "a.txt", parse_class_names(cut, "a.txt"));
  EXPECT_ERROR(kData, "is not valid JSON", parse_class_names(std::string(200000, '['), "a.txt"));
}

TEST(ClassNames, NestingDoesNotExhaustTheStack) {
  std::string deep;
  for (int i = 0; i < 200000; ++i) deep += R"({"a":)";
  deep += "1" + std::string(200000, '}');
  EXPECT_THAT(names_in(R"({"label_names": ["a", "b"], "label_descriptions": )" + deep + "}"), ElementsAre("a", "b"));
  EXPECT_ERROR(kData, "this JSON has no names", parse_class_names(deep, "a.json"));
  EXPECT_ERROR(kData, "this JSON has no names", parse_class_names(R"({"id2label": {"0": )" + deep + "}}", "a.json"));
}

TEST(ClassNames, MustMatchTheNumberOfOutputs) {
  ClassNames classes = parse_class_names("background\ntench\nshark\n", "names");
  fit_to_outputs(classes, 2, "names", "a.safetensors");
  EXPECT_THAT(classes.names, ElementsAre("tench", "shark"));
  EXPECT_EQ(classes.notes.size(), 1u);
  ClassNames others = parse_class_names("background\ntench\nshark\n", "names");
  EXPECT_ERROR(kData, "names: has 3 classes", fit_to_outputs(others, 1, "names", "a.safetensors"));
  EXPECT_ERROR(kData,
               "names: has 2 classes, but the classifier of a.safetensors has 5: give a file with the names of its classes",
               fit_to_outputs(classes, 5, "names", "a.safetensors"));
}

}  // namespace
}  // namespace tagloom
