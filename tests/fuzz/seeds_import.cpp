// Seeds of the targets that import datasets: small sources, piece by piece (import_check.h).
#include "tests/engine/data/picture_files.h"
#include "tests/fuzz/seeds.h"

namespace tagloom::fuzz {
namespace {

using std::string_literals::operator""s;

const std::string kNext = "\x1E";

Seeds lists_seeds() {
  return {{"\0a\nb/c.png 1 0\n\x1Esky\nsea\n\x1E"
           "1 0\n0,1.0\n"s,
           "\1a.jpg\r\n\x1Esky\nsea\nblue sky\n\x1E\3\0\1\0\0\0\1\0"s},
          {"\n", kNext, "1e+00", "\\", "0 1", "\1\0"s, "\2\0"s}};
}

Seeds nus_wide_seeds() {
  return {{"\0actor\\0001_21.jpg \nzoo\\2_3.jpg\n\x1Esky\nsea\n\x1E"
           "1\n0\n\x1E"
           "0\n0\n"s,
           "\1actor\\0001_21.jpg\n\x1Esky\n\x1E"
           "21     red  car\n5 x\n"s,
           "\2a\\1_2.jpg\n\x1Esky\nsea\n\x1E\x1E"
           "1\t0\t\n"s},
          {"\n", kNext, "\\", "_", "0 1"}};
}

Seeds txt_seeds() {
  return {{"\0\0\0sky, blue_sea, saber \\(fate\\), (a, b:1.2), rating:safe, <lora:x:1>\n\x1E((night)), o_o"s,
           "\2\1\1long_hair 1girl saber_\\(fate\\) rating:s\n\x1E"s},
          {"(", ")", "\\(", "\\)", "\\\\", ":1.2)", "((", "score:1", "BREAK", kNext}};
}

Seeds xmp_seeds() {
  const std::string open =
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
      "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
      "xmlns:lr=\"http://ns.adobe.com/lightroom/1.0/\" xmlns:digiKam=\"http://www.digikam.org/ns/1.0/\">";
  const std::string close = "</rdf:Description></rdf:RDF></x:xmpmeta>";
  const std::string subject = "<dc:subject><rdf:Bag><rdf:li>Dog</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>";
  const std::string paths =
      "<lr:hierarchicalSubject><rdf:Bag><rdf:li>Animals|Dog</rdf:li></rdf:Bag></lr:hierarchicalSubject>"
      "<digiKam:TagsList><rdf:Seq><rdf:li>Places/Oslo</rdf:li></rdf:Seq></digiKam:TagsList>";
  const auto text_of = [](const std::vector<uint8_t>& bytes) { return std::string(bytes.begin(), bytes.end()); };
  const std::string png = text_of(encode_png(test::make_picture(2, 2))),
                    jpeg = text_of(encode_jpeg(test::make_picture(2, 2), 90));
  return {{"\0\0"s + open + subject + close + kNext + png, "\1\1"s + open + subject + paths + close + kNext + jpeg},
          {"|", "/", "<rdf:li>", "</rdf:li>", "<rdf:Seq>", "digiKam:TagsList", "lr:hierarchicalSubject", kNext}};
}

Seeds coco_seeds() {
  return {{"\0\0{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"license\":3}],\"categories\":[{\"id\":7,\"name\":\"dog\","
           "\"supercategory\":\"animal\"}],\"annotations\":[{\"image_id\":1,\"category_id\":7,\"area\":2.5,\"iscrowd\":0,"
           "\"segmentation\":[[1,2.5]]},{\"image_id\":1,\"category_id\":7,\"iscrowd\":1}]}"s,
           "\1\1{\"annotations\":[],\"images\":[{\"file_name\":\"caf\\u00e9\",\"id\":-5}],\"categories\":[]}"s},
          {"\"images\":[", "\"annotations\":[", "\"categories\":[", "\"id\":", "\"file_name\":", "\"name\":", "\"image_id\":",
           "\"category_id\":", "\"area\":", "\"iscrowd\":1", "1e308", "9223372036854775807", "-1", "null", "\\u0000", "[[]]"}};
}

Seeds voc_seeds() {
  return {{"\0\0\0<annotation><folder>VOC2007</folder><filename>a.jpg</filename><object><name>dog</name><difficult>0</"
           "difficult><bndbox>"
           "<xmin>1</xmin><ymin>2</ymin><xmax>3.5</xmax><ymax>9</ymax></bndbox></object><object><name>person</name><difficult>1"
           "</difficult></object></annotation>\x1E"s,
           "\1\1\1<?xml version=\"1.0\"?><annotation><object><name>a &amp; b</name></object></annotation>\x1E"
           "a -1\nb 1\n"s},
          {"<object>", "</object>", "<name>", "</name>", "<bndbox>", "<xmax>1e308</xmax>", "<![CDATA[", "]]>", "&#10;",
           "<!DOCTYPE", kNext}};
}

Seeds labelme_seeds() {
  return {
      {"\0<annotation><filename>a.jpg</filename><folder>c</folder><object><name>car</name><deleted>0</deleted><polygon><pt><x>1</"
       "x>"
       "</pt></polygon></object><object><name>x</name><deleted>1</deleted></object></annotation>"s,
       "\1{\"version\":\"5\",\"shapes\":[{\"label\":\"car\",\"points\":[[1,2]]}],\"imagePath\":\"..\\\\a.jpg\",\"imageData\":null}"s},
      {"\"shapes\":[", "\"label\":", "\"imagePath\":", "\\u0000", "<deleted>1</deleted>", "<object>", "<name>", "&#x9;", "null"}};
}

Seeds openimages_seeds() {
  return {{"ImageID,Source,LabelName,Confidence\n0a1,verification,/m/01,1\n0a1,v,/m/02,0\n0b,v,/m/02,0.7\n\x1E"
           "LabelName,DisplayName\n/m/01,Person\n/m/02,\"Wheel, spare\"\n",
           "ImageID,Source,LabelName,Confidence,XMin\n0a1,xclick,/m/01,1,0.25\n\x1E/m/01,Person\r\n"},
          {"/m/01", "/m/02", ",1\n", "\"\"", "1e-9", "nan", kNext}};
}

Seeds huggingface_seeds() {
  return {{"\0\0{\"file_name\":\"a.jpg\",\"tags\":[\"sky\",\"sea\"]}\n{\"file_name\":\"b/c.png\",\"tags\":\"one, two\"}\n"s,
           "\0\0{\"file_name\":\"a.jpg\",\"objects\":{\"bbox\":[[1,2,3,4]],\"categories\":[\"dog\"]}}\n"s,
           "\1\0file_name,tags\na.jpg,\"[\"\"sky\"\"]\"\nb.jpg,\"sea, sky\"\n"s, "\1\1text,file_name\nred,a.jpg\n"s},
          {"\"file_name\":", "\"tags\":", "\"objects\":", "\"label\":", "file_name,", "\"\"", "[[[[", "null", "\\u0000", "1.5"}};
}

}  // namespace

std::map<std::string, Seeds> import_seeds() {
  return {{"import_coco", coco_seeds()},
          {"import_voc", voc_seeds()},
          {"import_labelme", labelme_seeds()},
          {"import_openimages", openimages_seeds()},
          {"import_huggingface", huggingface_seeds()},
          {"import_lists", lists_seeds()},
          {"import_nus_wide", nus_wide_seeds()},
          {"import_txt", txt_seeds()},
          {"import_xmp", xmp_seeds()}};
}

}  // namespace tagloom::fuzz
