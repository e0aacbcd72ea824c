#pragma once
// Checks how the pictures of a HEIC or AVIF file depend on each other, and how large they are, before libheif decodes them: it follows
// circular references until the stack overflows, and allocates what the coded data ask for, whatever size the file's header gives.
#include <cstdint>
#include <span>
#include <string>

namespace tagloom {

// The largest picture in a file.
struct HeifDemand {
  int64_t width = 0, height = 0;
  bool deep = false;   // more than 8 bits per sample
  int64_t frames = 1;  // that its decoder may keep
};

// Throws if the pictures depend on each other in a cycle or in too many steps.
HeifDemand check_heif_structure(std::span<const uint8_t> heif, const std::string& name);

}  // namespace tagloom
