// A plan file: any text, or one whose first lines and sum are right.
#include "kernels/base/plan_file.h"

#include "tests/fuzz/property.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::fuzz {
namespace {

std::string framed(std::string_view plans) {
  const std::string text = "tagloom plans 1\nowner fuzz\n" + std::string(plans);
  uint64_t sum = 0xcbf29ce484222325;
  for (const unsigned char byte : text) sum = (sum ^ byte) * 0x100000001b3;
  return text + format("sum {:016x}\n", sum);
}

}  // namespace

void plan_file(Input input) {
  static const test::TemporaryFolder folder;
  const std::string path = folder / "plans_fuzz.txt";
  Choices choices(input);
  const bool frame = choices.below(2);
  const std::string_view text = text_of(choices.rest());
  test::write_whole_file(path, frame ? framed(text) : std::string(text));
  kernels::PlanFile plans(folder.path(), "fuzz");
  const bool ignored = !plans.warning().empty();
  if (ignored) fail(ErrorKind::kData, "{}", plans.warning());

  const kernels::PlanRecipe recipe{.engine = 3, .knobs = {{1, -2}}, .seconds = 0.25};
  plans.put("conv2d n=1", recipe);
  const std::string written = test::read_whole_file(path);
  kernels::PlanFile again(folder.path(), "fuzz");
  require(again.warning().empty(), "the plans that were written are refused", again.warning());
  require(again.find("conv2d n=1") == recipe, "a plan changed");
  again.put("conv2d n=1", recipe);
  require(test::read_whole_file(path) == written, "the plans changed", written);
}

}  // namespace tagloom::fuzz
