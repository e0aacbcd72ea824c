// A .pth file in memory, in either layout: every tensor of one that is accepted can be read.
#include "engine/io/torch/torch_file.h"

#include "kernels/base/error.h"
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {

void torch_file(Input input) {
  const std::span<const std::byte> file = std::as_bytes(input);
  if (!is_torch_file(file)) return;
  const TorchTensors torch = read_torch_file(file, "fuzz.pth");
  for (const NamedTensor& tensor : torch.tensors.entries()) {
    const size_t bytes = static_cast<size_t>(count_of(tensor) * size_of(tensor.type));
    require(bytes <= input.size(), "a tensor has more bytes than the file", tensor.name);
    require(row_major_bytes(tensor).size() == bytes, "a tensor lost bytes", tensor.name);
    require(torch.tensors.find(tensor.name) != nullptr, "a tensor is not found by its name", tensor.name);
    if (is_float(tensor.type)) torch.tensors.to_floats(tensor);
  }
}

}  // namespace tagloom::fuzz
