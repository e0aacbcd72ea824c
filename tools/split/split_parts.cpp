#include "tools/split/split_parts.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/core/parse_number.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr size_t kMostParts = 100;

void check_part_name(const std::string& name) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c >= 0x80; };
  TL_CHECK(!name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-' && std::all_of(name.begin(), name.end(), fits),
           "[split] --parts: \"{}\" cannot name a part: use letters, digits, _, - and .", name);
}

}  // namespace

std::vector<SplitPart> parse_parts(const std::string& text) {
  std::vector<SplitPart> parts;
  double sum = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    begin = end + 1;
    const size_t equals = part.find('=');
    TL_CHECK(equals != part.npos, "[split] --parts: \"{}\" has no share: write NAME=SHARE,NAME=SHARE, such as train=0.8,test=0.2",
             part);
    const std::string name = part.substr(0, equals), share = part.substr(equals + 1);
    check_part_name(name);
    const bool known = std::any_of(parts.begin(), parts.end(), [&](const SplitPart& other) { return other.name == name; });
    TL_CHECK(!known, "[split] --parts: \"{}\" occurs twice", name);
    const std::optional<double> number = parse_real(share);
    TL_CHECK(number && *number > 0, "[split] --parts: the share of {} must be a number above 0, got \"{}\"", name, share);
    parts.push_back({name, *number});
    sum += *number;
  }
  TL_CHECK(parts.size() >= 2, "[split] --parts: a split has at least two parts, such as train=0.8,test=0.2");
  TL_CHECK(parts.size() <= kMostParts, "[split] --parts: a split has at most {} parts, got {}", kMostParts, parts.size());
  TL_CHECK(std::abs(sum - 1) < 1e-6 || std::abs(sum - 100) < 1e-4, "[split] --parts: the shares add up to {}, not to 1 or 100",
           sum);
  for (SplitPart& part : parts) part.share /= sum;
  return parts;
}

}  // namespace tagloom
