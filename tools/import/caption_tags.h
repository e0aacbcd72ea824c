#pragma once
// Splits the text file of a picture into tags, as programs that train on captions and downloaders of image boards write them.
//
//   comma   1girl, saber \(fate\), (blue eyes:1.2), rating: safe     commas or line ends between tags; an emphasis (tag), ((tag)) or
//                                                                    (tag:1.2) is the tag
//   booru   1girl saber_\(fate\) blue_eyes rating:safe               spaces or line ends between tags
//
// In both, \( \) and \\ mean ( ) and \.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

enum class CaptionStyle { kComma, kBooru };

struct CaptionRules {
  CaptionStyle style = CaptionStyle::kComma;
  bool keep_underscores = false;  // otherwise as TagStyle::kSpaces: blue_sky becomes blue sky, ^_^ stays
  bool keep_meta = false;
};

struct CaptionTags {
  std::vector<std::string> tags;  // in the order of the text
  int64_t meta = 0;               // left out: rating:safe, score:12, source:..., and other facts about the post
  int64_t instructions = 0;       // left out: <lora:name:1>, BREAK, which say how a prompt is read
};

// Messages begin with `name`. Throws Error(kData) for a text that TextLines rejects.
CaptionTags caption_tags(std::string_view text, const CaptionRules& rules, const std::string& name);

}  // namespace tagloom
