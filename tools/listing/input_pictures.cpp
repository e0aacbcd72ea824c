#include "tools/listing/input_pictures.h"

#include "engine/data/picture_kinds.h"
#include "kernels/base/format.h"

namespace tagloom {

InputPictures::InputPictures(NamedInputs& named, const ListingEvents& events, bool report_empty)
    : named_(named), events_(events), report_empty_(report_empty) {}

Next InputPictures::next(std::string& path, int) {
  while (true) {
    if (walk_) {
      if (walk_->next(path)) return Next::kPicture;
      if (walk_->found_nothing() && report_empty_ && events_.problem) {
        events_.problem(format("{}: this folder has no pictures ({})", named_.all()[next_ - 1].path, decoded_extensions()));
      }
      walk_.reset();
    }
    if (next_ == named_.all().size()) return Next::kEnd;
    const NamedInput& input = named_.all()[next_++];
    if (input.folder) {
      walk_.emplace(input.path, named_, events_);
    } else if (named_.first_visit(input.path)) {
      path = input.path;
      return Next::kPicture;
    }
  }
}

}  // namespace tagloom
