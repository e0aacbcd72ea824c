#pragma once
// Writes a page on which a person accepts and corrects the tags of pictures.
//
// The page is one self-contained HTML file: thumbnails, tags and the script are in it, and its Content-Security-Policy allows
// nothing else. It is written picture by picture, so memory does not grow with it. A browser reads the pictures from inert blocks when it
// shows them. The person's decisions are kept by the browser under the page's key, a hash of its pictures, and saved as a file that
// review_decisions.h describes.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/io/atomic_file.h"
#include "engine/io/hash.h"

namespace tagloom {

struct ReviewTag {
  std::string name;
  float score = 0;
  bool on = true;  // suggested; otherwise only offered, such as the best tags below the threshold
};

struct ReviewPicture {
  std::string path;                // any bytes; made absolute, because the saved file may be anywhere
  std::vector<uint8_t> thumbnail;  // a JPEG, or empty
  std::vector<std::string>
      existing;                 // tags that a person gave, shown differently from suggested ones: keywords, or the ground truth
  std::vector<ReviewTag> tags;  // those of the model, best first
  double margin = std::numeric_limits<double>::quiet_NaN();  // how far the scores are from other tags; smaller is more doubtful
  std::string note;                                          // a sentence above the tags
};

struct ReviewPageOptions {
  std::string title;                       // "photos"
  std::string subtitle;                    // "tagged by runs/corel5k"
  std::string existing = "Your keywords";  // the heading of ReviewPicture::existing
  std::string save_as = "review.jsonl";    // the suggested name of the saved file
  std::vector<std::string> vocabulary;     // tags to complete from
};

//   ReviewPage page("review.html", {.title = "photos", .vocabulary = names});
//   for (…) page.add({.path = path, .thumbnail = jpeg, .tags = {{"sky", 0.9f}}});
//   page.finish();
class ReviewPage {
 public:
  // Throws Error(kData) if the file cannot be written, here and below; an old file is then unchanged.
  ReviewPage(const std::string& path, const ReviewPageOptions& options);

  void add(const ReviewPicture& picture);
  void finish();  // writes the end of the page and puts it in place

  int64_t pictures() const { return pictures_; }

 private:
  void write_block(const std::string& attributes, const std::string& text);

  AtomicFile file_;
  Hash64 key_;
  std::vector<std::string> vocabulary_;  // sorted, for the ids of tags
  int64_t pictures_ = 0;
};

}  // namespace tagloom
