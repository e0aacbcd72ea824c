#pragma once
// Writes a page for accepting and correcting the tags of pictures.
//
// The page is one self-contained HTML file with thumbnails, tags and the script; its Content-Security-Policy allows nothing else. It is
// written picture by picture, so memory does not grow with its size. The script reads a picture from an inert block when it is shown. The
// browser stores the decisions under the page's key, a hash of its pictures, and saves them to a file (review_decisions.h).
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
  bool on = true;  // suggested; if false, only offered, such as the best tags below the threshold
};

struct ReviewPicture {
  std::string path;                   // any bytes; made absolute, because the saved file may be anywhere
  std::vector<uint8_t> thumbnail;     // a JPEG, or empty
  std::vector<std::string> existing;  // the user's keywords or the ground truth, in any spelling; shown separately
  std::vector<ReviewTag> tags;        // the model's tags, best first
  double margin =
      std::numeric_limits<double>::quiet_NaN();  // how close the decision was (near_misses.h); smaller is more uncertain
  std::string note;                              // a sentence shown above the tags
};

struct ReviewPageOptions {
  std::string title;                       // "photos"
  std::string subtitle;                    // "tagged by runs/corel5k"
  std::string existing = "Your keywords";  // the heading of ReviewPicture::existing
  std::string save_as = "review.jsonl";    // the default name of the saved file
  std::vector<std::string> vocabulary;     // completions for new tags
};

//   ReviewPage page("review.html", {.title = "photos", .vocabulary = names});
//   for (…) page.add({.path = path, .thumbnail = jpeg, .tags = {{"sky", 0.9f}}});
//   page.finish();
class ReviewPage {
 public:
  // All functions throw Error(kData) if the file cannot be written; an old file is then unchanged.
  ReviewPage(const std::string& path, const ReviewPageOptions& options);

  void add(const ReviewPicture& picture);
  void finish();  // writes the end of the page and moves the file into place

  int64_t pictures() const { return pictures_; }

 private:
  void write_block(const std::string& attributes, const std::string& text);

  AtomicFile file_;
  Hash64 key_;
  std::vector<std::string> vocabulary_;  // sorted, for the ids of tags
  int64_t pictures_ = 0;
};

}  // namespace tagloom
